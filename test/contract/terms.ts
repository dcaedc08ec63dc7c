/** Where a variant keeps less than the contract, or says it with another code: each with its reason, and nowhere else. */
import type { Delivery, FailureCode } from '../../patterns/index.ts';
import type { Title } from './contract.ts';

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
  /** What it can't do for delivery. */
  readonly cannot: readonly Delivery[];
}

const usual: Terms = {
  skip: [],
  nobodyThere: 'unsent',
  givenUpUntaken: 'withdrawn',
  unknownService: 'not-executed',
  brokenStream: 'interrupted',
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

export const terms: Readonly<Record<string, Terms>> = {
  // A pipe of one message to nowhere swallows the first request, so that nobody can say it won't be executed.
  'brokerless-req/as-published': {
    ...usual,
    skip: [noElsewhere, whole],
    brokenStream: 'deadline',
    nobodyThere: 'deadline',
    givenUpUntaken: 'abandoned',
    cannot: ['at-least-once'],
  },
  'brokerless-req/immediate': {
    ...usual,
    skip: [noElsewhere, whole],
    brokenStream: 'deadline',
    cannot: ['at-least-once'],
  },
  'brokerless-req/retry': { ...usual, skip: [whole] },
  'freelance/default': usual,
  'majordomo/default': { ...usual, skip: [whole] },
};
