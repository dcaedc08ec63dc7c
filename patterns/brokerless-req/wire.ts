/** What stands on Brokerless REQ's wire at the server: what a REP would take, whose framing is REQ's own. */
import type { Frames } from '../machine.ts';
import type { Asked } from '../parts/router-server.ts';

/**
 * As a REP reads it: everything up to the first empty frame is the way back (a routing id, a REQ's correlation, the ids
 * of devices between), and everything after it the body; without that frame it is no request.
 */
export function readAsRep(frames: Frames): Asked {
  const delimiter = frames.findIndex((frame, index) => index > 0 && frame.length === 0);
  const isRequest = delimiter > 0 && delimiter < frames.length - 1 && delimiter <= addressFramesMax;
  if (!isRequest) return { kind: 'malformed' };
  return { kind: 'request', address: frames.slice(0, delimiter + 1), body: frames.slice(delimiter + 1) };
}

/** A routing id and a correlation, and some room for devices on the way. */
const addressFramesMax = 8;
