/**
 * Brokerless REQ: a pool of lock-step REQ sockets, each connected to every server (in `reverse`, every server to each),
 * with a high-water mark of 1 and sends that do not block. The published design that this project began with, and what became of it.
 */
import { definePattern } from '../pattern.ts';
import { brokerlessReqClient } from './client.ts';
import { brokerlessReqServer } from './server.ts';
import { brokerlessReqSettings } from './settings.ts';

export const brokerlessReq = definePattern({
  name: 'brokerless-req',
  about: 'a pool of lock-step REQ sockets, each connected to every server',
  topology: 'servers',
  settings: brokerlessReqSettings,
  variants: {
    'as-published': {
      about: 'native REQ, HWM 1, NOBLOCK, no recovery: a slot whose request died with a server stays taken',
      settings: {},
      deliveries: ['at-most-once'],
      claims: { survives: ['none'], executes: 'at most once', failoverMs: {} },
    },
    immediate: {
      about: 'the same, but nothing is routed to an endpoint that is down',
      settings: { immediate: true },
      deliveries: ['at-most-once'],
      claims: { survives: ['none'], executes: 'at most once', failoverMs: {} },
    },
    reverse: {
      about:
        'the client’s sockets bind, one endpoint for each slot, and servers connect: none that is down is ever chosen',
      settings: { immediate: true },
      deliveries: ['at-most-once'],
      claims: { survives: ['none'], executes: 'at most once', failoverMs: {} },
      topology: 'clients',
      clientEndpoints: 'slots',
    },
    retry: {
      about: 'sent again when no answer came in time; late replies are dropped by correlation',
      settings: { immediate: true, retry: true },
      deliveries: ['at-least-once', 'at-most-once'],
      claims: { survives: ['none', 'kill'], executes: 'at least once', failoverMs: {} },
    },
  },
  client: brokerlessReqClient,
  server: brokerlessReqServer,
});
