/**
 * Privateer: interchangeable reliability patterns for request-reply over ZeroMQ.
 * Patterns are entries of their own: `privateer/freelance`, `privateer/majordomo`, `privateer/brokerless-req`.
 */
export { connect } from './client.ts';
export type { ConnectSettings } from './connect-settings.ts';
export { keyPair } from './drivers/lock.ts';
export type {
  BrokerEvents,
  BrokerLost,
  ClientEvents,
  DenialCause,
  Denied,
  DuplicateSuppressed,
  Emitter,
  LateReply,
  LeaseRefused,
  PeerDown,
  PeerUp,
  Redelivered,
  Registered,
  Retried,
  ServerEvents,
  WorkerLost,
  WorkerReady,
} from './events.ts';
export type { Note } from './machine.ts';
export type { Claims, Pattern, Variant } from './pattern.ts';
export type { CallerSecurity, KeyPair, ListenerSecurity, Security } from './security.ts';
export { type ServeSettings, type StartSettings, serve, start } from './server.ts';
export type { BrokerStats, ClientStats, RefusalReason, ServerStats } from './stats.ts';
export {
  type Broker,
  type Client,
  type CloseOptions,
  type Delivery,
  type FailureCode,
  failures,
  type Handler,
  type HandlerContext,
  MisuseError,
  type Outcome,
  type ReadyOptions,
  type Running,
  type Server,
  TransactionError,
  type TransactionId,
  type TransactOptions,
} from './transaction.ts';
