/** Every reproduction there is. */
import { deadEndpoint } from './dead-endpoint.ts';
import type { Reproduction } from './reproduction.ts';

export const reproductions: readonly Reproduction[] = [deadEndpoint];
