/** Why an attempt was not executed, where that says what may follow: the payload of its answer. */
import { ascii } from './bytes.ts';

/** Its lease was over: another attempt may follow at once. */
export const lapsedReason: Uint8Array = ascii('lapsed');
/** Its server is leaving: it may go to any other. */
export const drainingReason: Uint8Array = ascii('draining');
/** It is larger than a broker takes: none need follow. */
export const tooLargeReason: Uint8Array = ascii('too large');
/** No server came for it in time, and there is no more time: none need follow. */
export const expiredReason: Uint8Array = ascii('expired');
