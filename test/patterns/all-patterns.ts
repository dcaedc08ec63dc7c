import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';

/** The patterns that there are. */
export const patterns: readonly AnyPattern[] = [brokerlessReq, freelance, majordomo];
