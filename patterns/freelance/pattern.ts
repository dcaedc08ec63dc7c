/**
 * Freelance: clients deal transactions out over servers themselves, with no broker between. After model 3 of the
 * Guide's chapter 4 and 10/FLP, with failover on connection events instead of timeouts.
 */
import { definePattern } from '../pattern.ts';
import { freelanceClient } from './client.ts';
import { freelanceServer } from './server.ts';
import { freelanceSettings } from './settings.ts';
import { isFreelanceHeartbeat } from './wire.ts';

export const freelance = definePattern({
  name: 'freelance',
  about: 'clients deal out over the servers, fail over on connection events, and find frozen ones by heartbeats',
  topology: 'servers',
  settings: freelanceSettings,
  variants: {
    default: {
      about: 'tried again elsewhere for as long as the deadline allows',
      settings: {},
      deliveries: ['at-least-once', 'at-most-once'],
      claims: {
        survives: ['none', 'kill', 'pause'],
        executes: 'at least once',
        failoverMs: { kill: 250, pause: 2 * freelanceSettings.heartbeatTimeoutMs.default },
      },
    },
  },
  isHeartbeat: isFreelanceHeartbeat,
  client: freelanceClient,
  server: freelanceServer,
});
