/** The public types as a caller sees them, by the names that the package exports. `tsc -p tsconfig.check.json` is what tests them; running them costs nothing. */

import {
  type Broker,
  type BrokerStats,
  type CallerSecurity,
  type Client,
  type ClientEvents,
  type ClientStats,
  type ConnectSettings,
  connect,
  type Delivery,
  type DenialCause,
  type Denied,
  type Emitter,
  type FailureCode,
  type Handler,
  type HandlerContext,
  type KeyPair,
  keyPair,
  type ListenerSecurity,
  type MisuseError,
  type Outcome,
  type Pattern,
  type PeerDown,
  type Security,
  type Server,
  type ServerStats,
  type ServeSettings,
  type StartSettings,
  serve,
  start,
  type TransactionError,
  type TransactOptions,
} from 'privateer';
import { brokerlessReq } from 'privateer/brokerless-req';
import { freelance } from 'privateer/freelance';
import { majordomo } from 'privateer/majordomo';
import { describe, expectTypeOf, test } from 'vitest';

describe('what a caller holds', () => {
  test('connect, serve and start give a client, a server and something that runs', () => {
    expectTypeOf(connect<(typeof freelance)['settings']>).returns.resolves.toEqualTypeOf<Client>();
    expectTypeOf(serve<(typeof majordomo)['settings']>).returns.resolves.toEqualTypeOf<Server>();
    expectTypeOf(start<(typeof majordomo)['settings']>).returns.resolves.toEqualTypeOf<Broker>();
    expectTypeOf<Client>().toExtend<AsyncDisposable>();
    expectTypeOf<Server>().toExtend<AsyncDisposable>();
  });

  test('a transaction takes bytes and gives bytes', () => {
    expectTypeOf<Client['transact']>().parameter(0).toEqualTypeOf<Uint8Array>();
    expectTypeOf<Client['transact']>().parameter(1).toEqualTypeOf<TransactOptions | undefined>();
    expectTypeOf<Client['transact']>().returns.toEqualTypeOf<Promise<Uint8Array>>();
    expectTypeOf<Buffer>().toExtend<Parameters<Client['transact']>[0]>();
    expectTypeOf<Client['close']>().toBeCallableWith({ drainMs: 5 });
    expectTypeOf<Client['ready']>().toBeCallableWith({ servers: 3, timeoutMs: 5, signal: AbortSignal.abort() });
    expectTypeOf<TransactOptions['delivery']>().toEqualTypeOf<Delivery | undefined>();
  });

  test('figures are numbers that nobody can write to', () => {
    expectTypeOf<Client['stats']>().returns.toEqualTypeOf<ClientStats>();
    expectTypeOf<Server['stats']>().returns.toEqualTypeOf<ServerStats>();
    expectTypeOf<ClientStats['failures']>().toEqualTypeOf<Readonly<Record<FailureCode, number>>>();
    expectTypeOf<ClientStats[Exclude<keyof ClientStats, 'failures'>]>().toEqualTypeOf<number>();
    expectTypeOf<ServerStats[Exclude<keyof ServerStats, 'refusals'>]>().toEqualTypeOf<number>();
    expectTypeOf<Broker['stats']>().returns.toEqualTypeOf<BrokerStats>();
    expectTypeOf<BrokerStats[Exclude<keyof BrokerStats, 'refusals'>]>().toEqualTypeOf<number>();
    const wrong = (client: Client, server: Server) => {
      // @ts-expect-error: a figure is read
      client.stats().attempts = 0;
      // @ts-expect-error: so are those within
      server.stats().refusals.lapsed = 0;
    };
    expectTypeOf(wrong).toBeFunction();
  });

  test('a listener is told what belongs to its kind', () => {
    const listening = (client: Client, server: Server, broker: Broker) => {
      client.on('peer-down', (event) => expectTypeOf(event).toEqualTypeOf<PeerDown>()).once('retried', () => undefined);
      client.on('late-reply', ({ id }) => expectTypeOf(id).toBeString());
      client.on('peer-down', ({ cause }) => expectTypeOf(cause).toEqualTypeOf<'disconnect' | 'silence' | 'removed'>());
      server.on('lease-refused', ({ id }) => expectTypeOf(id).toBeString());
      // @ts-expect-error: there is none of that name, so nothing can crash for want of a listener
      client.on('error', () => undefined);
      broker.on('worker-lost', ({ service, busy }) =>
        expectTypeOf([service, busy]).toEqualTypeOf<(string | boolean)[]>(),
      );
      // @ts-expect-error: a broker knows no transactions
      broker.on('retried', ({ id }) => id);
      // @ts-expect-error: a server hears of no such thing
      server.on('late-reply', () => undefined);
    };
    expectTypeOf(listening).toBeFunction();
    expectTypeOf<Client>().toExtend<Emitter<ClientEvents>>();
  });

  test('a handler answers now or later', () => {
    expectTypeOf<(request: Uint8Array) => Uint8Array>().toExtend<Handler>();
    expectTypeOf<(request: Uint8Array, context: HandlerContext) => Promise<Buffer>>().toExtend<Handler>();
    expectTypeOf<() => string>().not.toExtend<Handler>();
    expectTypeOf<HandlerContext['mayCommit']>().returns.toBeBoolean();
    expectTypeOf<HandlerContext['signal']>().toEqualTypeOf<AbortSignal>();
    expectTypeOf<HandlerContext>().not.toExtend<{ id: number }>();
  });

  test('an error says which, and whether it is certain', () => {
    expectTypeOf<TransactionError>().toExtend<Error>();
    expectTypeOf<TransactionError['code']>().toEqualTypeOf<FailureCode>();
    expectTypeOf<TransactionError['outcome']>().toEqualTypeOf<Outcome>();
    expectTypeOf<TransactionError['definite']>().toBeBoolean();
    expectTypeOf<TransactionError['name']>().toEqualTypeOf<'TransactionError'>();
    expectTypeOf<MisuseError['name']>().toEqualTypeOf<'MisuseError'>();
    expectTypeOf<'deadline'>().toExtend<FailureCode>();
    expectTypeOf<'timeout'>().not.toExtend<FailureCode>();
  });
});

describe('settings', () => {
  type Freelance = ConnectSettings<(typeof freelance)['settings']>;
  type Brokerless = ConnectSettings<(typeof brokerlessReq)['settings']>;

  test('are those of the pattern', () => {
    expectTypeOf<Freelance['window']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Brokerless['retry']>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<Freelance>().not.toHaveProperty('retry');
    expectTypeOf<Brokerless>().not.toHaveProperty('window');
    expectTypeOf<Freelance>().toExtend<
      { endpoints: string | readonly string[] } | { bind: string | readonly string[] }
    >();
    expectTypeOf<ServeSettings<(typeof majordomo)['settings']>>().toHaveProperty('concurrency');
  });

  test('with another’s name or another type are an error where they are written', () => {
    const wrong = () => {
      // @ts-expect-error: freelance has no slots
      void connect(freelance, { endpoints: 'tcp://a:1', slots: 3 });
      // @ts-expect-error: a number
      void connect(freelance, { endpoints: 'tcp://a:1', window: '3' });
      // @ts-expect-error: endpoints are needed
      void connect(freelance, {});
      // @ts-expect-error: a client connects or listens, not both
      void connect(brokerlessReq, { endpoints: 'tcp://a:1', bind: 'tcp://a:1' });
      // @ts-expect-error: a handler is needed
      void serve(freelance, { bind: 'tcp://a:1' });
      // @ts-expect-error: only a broker can be started
      void start(majordomo, 'server', { bind: 'tcp://a:1' });
    };
    expectTypeOf(wrong).toBeFunction();
  });

  test('security is a listener’s or a caller’s keys, a broker’s always a listener’s', () => {
    type Broking = StartSettings<(typeof majordomo)['settings']>;
    expectTypeOf<Freelance['security']>().toEqualTypeOf<Security | undefined>();
    expectTypeOf<ServeSettings<(typeof majordomo)['settings']>['security']>().toEqualTypeOf<Security | undefined>();
    expectTypeOf<Broking['security']>().toEqualTypeOf<ListenerSecurity | undefined>();
    expectTypeOf(keyPair).returns.toEqualTypeOf<KeyPair>();
    expectTypeOf<KeyPair & { serverKey: string }>().toExtend<CallerSecurity>();
    expectTypeOf<KeyPair & { clients: 'any' }>().toExtend<ListenerSecurity>();
    expectTypeOf<KeyPair>().not.toExtend<Security>();
    expectTypeOf<KeyPair & { clients: 'all' }>().not.toExtend<Security>();
    expectTypeOf<CallerSecurity>().not.toExtend<ListenerSecurity>();
    expectTypeOf<ClientEvents['denied']>().toEqualTypeOf<Denied>();
    expectTypeOf<Denied['cause']>().toEqualTypeOf<DenialCause>();
  });

  test('of a pattern known only when it runs are checked only then', () => {
    expectTypeOf<typeof freelance>().toExtend<Pattern<(typeof freelance)['settings']>>();
    expectTypeOf<ConnectSettings>().toHaveProperty('endpoints');
  });
});
