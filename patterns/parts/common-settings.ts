/** Settings that every pattern takes, under the same names. */
import type { Settings } from './settings.ts';

export const commonSettings = {
  wire: {
    kind: 'choice',
    default: 'envelopes',
    options: ['envelopes', 'plain'],
    about: 'client: what stands on the wire: our envelopes, or bare bodies for peers of other makes',
  },
  timeoutMs: {
    kind: 'number',
    default: 5000,
    min: 1,
    max: 3_600_000,
    unit: 'ms',
    about: 'client: a transaction’s deadline, where it names none',
  },
  pendingLimit: {
    kind: 'number',
    default: 65_536,
    min: 1,
    max: 4_194_304,
    unit: 'transactions',
    about: 'client: how many may be pending; one more is refused at once',
  },
  payloadLimitBytes: {
    kind: 'number',
    default: 1_048_576,
    min: 0,
    max: 268_435_456,
    unit: 'bytes',
    about: 'both ends: how large a request or a reply may be',
  },
  queueLimit: {
    kind: 'number',
    default: 65_536,
    min: 1,
    max: 4_194_304,
    unit: 'requests',
    about: 'server: how many may be unanswered; one more is answered "not executed"',
  },
  queueLimitBytes: {
    kind: 'number',
    default: 268_435_456,
    min: 1024,
    max: 68_719_476_736,
    unit: 'bytes',
    about:
      'server: how much the requests that are unanswered may take, and as much the answers that their askers have no room for',
  },
  replyCacheLimit: {
    kind: 'number',
    default: 65_536,
    min: 0,
    max: 4_194_304,
    unit: 'transactions',
    about: 'server: how many it remembers, so that one that comes twice is executed once; 0 for none',
  },
  replyCacheBytes: {
    kind: 'number',
    default: 67_108_864,
    min: 0,
    max: 17_179_869_184,
    unit: 'bytes',
    about: 'server: how much the answers it remembers may take; beyond it the oldest are forgotten',
  },
  streamBufferBytes: {
    kind: 'number',
    default: 16_777_216,
    min: 1,
    max: 4_294_967_296,
    unit: 'bytes',
    about: 'client: how much of one answer in parts may wait to be read; more, and it is given up',
  },
  reconnectMs: {
    kind: 'number',
    default: 50,
    min: 1,
    max: 60_000,
    unit: 'ms',
    about: 'how long to wait before connecting again: three quarters of it to twice as long, drawn anew each time',
  },
} as const satisfies Settings;

/** Settings of the patterns that find out by heartbeats what is frozen. */
export const heartbeatSettings = {
  heartbeatIntervalMs: {
    kind: 'number',
    default: 100,
    min: 1,
    max: 60_000,
    unit: 'ms',
    about: 'a peer from which nothing came for so long is asked for a sign of life',
  },
  heartbeatTimeoutMs: {
    kind: 'number',
    default: 500,
    min: 2,
    max: 600_000,
    unit: 'ms',
    about: 'one that does not answer for so long is suspected, and its work dealt out again',
    above: 'heartbeatIntervalMs',
  },
} as const satisfies Settings;
