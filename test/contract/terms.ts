/** Where a variant keeps less than the contract, or says it with another code: each with its reason, and nowhere else. */
import type { Delivery, FailureCode } from '../../patterns/index.ts';
import type { Title } from './contract.ts';
import { listTitles } from './endpoints.ts';

export interface Terms {
  /** Promises that the variant does not make. */
  readonly skip: readonly { readonly reason: string; readonly tests: readonly Title[] }[];
  /** How a transaction ends for which there is no server at all. */
  readonly nobodyThere: FailureCode;
  /** How one ends that its caller gives up while there is no server at all. */
  readonly givenUpUntaken: FailureCode;
  /** How one ends for a service that nobody serves. */
  readonly unknownService: FailureCode;
  /** How a stream ends whose server is lost after the first part. */
  readonly brokenStream: FailureCode;
  /** Whether its client knows which peer it hears from, and so whom to tell of. */
  readonly knowsPeers: boolean;
  /** What it can't do for delivery. */
  readonly cannot: readonly Delivery[];
}

const usual: Terms = {
  skip: [],
  nobodyThere: 'unsent',
  givenUpUntaken: 'withdrawn',
  unknownService: 'not-executed',
  brokenStream: 'interrupted',
  knowsPeers: true,
  cannot: [],
};

const whole = {
  reason: 'a REQ takes one message, and a reply of 7/MDP is one: parts come with the last',
  tests: ['a stream gives each part as it is made'],
} as const satisfies Terms['skip'][number];

const noElsewhere = {
  reason: 'a REQ can’t tell which server holds its request, and a strict one can’t ask again',
  tests: ['what comes after a server began to drain goes to another server'],
} as const satisfies Terms['skip'][number];

const oneTry = {
  reason: 'it has one try for each transaction',
  tests: ['a transaction that is handed over again is told as `retried`'],
} as const satisfies Terms['skip'][number];

const noHeartbeats = {
  reason: 'a REQ can’t tell a frozen server from a busy one',
  tests: ['a peer that freezes is told as `peer-down` with cause `silence`, and as `peer-up` when it thaws'],
} as const satisfies Terms['skip'][number];

const noBroker = {
  reason: 'it has no broker',
  tests: ['a broker tells of workers that come and go, and of what it sends again; a server of its brokers'],
} as const satisfies Terms['skip'][number];

/** Its servers say with which clients they work, each with all that it was given. */
const listening = [
  { reason: 'its servers connect to the client, which has no list of them', tests: listTitles },
  {
    reason: 'the client can’t choose among the servers that connect to it',
    tests: [
      'one of two services is served by its own servers',
      'never more handlers run at once than `concurrency` says',
    ],
  },
] as const satisfies Terms['skip'];

export const terms: Readonly<Record<string, Terms>> = {
  // A pipe of one message to nowhere swallows the first request, so that nobody can say it won't be executed.
  'brokerless-req/as-published': {
    ...usual,
    skip: [noElsewhere, whole, oneTry, noHeartbeats, noBroker],
    knowsPeers: false,
    brokenStream: 'deadline',
    nobodyThere: 'deadline',
    givenUpUntaken: 'abandoned',
    cannot: ['at-least-once'],
  },
  'brokerless-req/immediate': {
    ...usual,
    skip: [noElsewhere, whole, oneTry, noHeartbeats, noBroker],
    knowsPeers: false,
    brokenStream: 'deadline',
    cannot: ['at-least-once'],
  },
  'brokerless-req/reverse': {
    ...usual,
    skip: [noElsewhere, whole, oneTry, noHeartbeats, noBroker, ...listening],
    knowsPeers: false,
    brokenStream: 'deadline',
    cannot: ['at-least-once'],
  },
  'brokerless-req/retry': { ...usual, skip: [whole, noHeartbeats, noBroker], knowsPeers: false },
  'freelance/default': { ...usual, skip: [noBroker] },
  'majordomo/default': { ...usual, skip: [whole] },
};
