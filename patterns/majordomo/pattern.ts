/**
 * Majordomo: clients and workers meet at a broker, which knows who is alive. After the Guide's chapter 4, on the wire
 * 7/MDP 0.1 and 8/MMI, with what the Guide left to the reader: a dead worker's request is sent again.
 */
import { definePattern } from '../pattern.ts';
import { majordomoBroker } from './broker.ts';
import { majordomoClient } from './client.ts';
import { majordomoServer } from './server.ts';
import { majordomoSettings } from './settings.ts';
import { isMajordomoHeartbeat } from './wire.ts';

export const majordomo = definePattern({
  name: 'majordomo',
  about: 'a broker hands requests to workers, watches them, and sends a dead one’s request again',
  topology: 'broker',
  settings: majordomoSettings,
  variants: {
    default: {
      about: 'sent again to another worker for as long as the deadline allows',
      settings: {},
      deliveries: ['at-least-once', 'at-most-once'],
      claims: {
        survives: ['none', 'kill', 'pause'],
        executes: 'at least once',
        failoverMs: { kill: 250, pause: 2 * majordomoSettings.heartbeatTimeoutMs.default },
      },
    },
  },
  isHeartbeat: isMajordomoHeartbeat,
  client: majordomoClient,
  server: majordomoServer,
  broker: majordomoBroker,
});
