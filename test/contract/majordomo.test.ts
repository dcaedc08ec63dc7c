import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { contractOf } from './contract.ts';

contractOf(majordomo);
