/**
 * Interesting states that a campaign must have reached, or it proved nothing of them. By pattern, as its machines note
 * them; a pattern that is not named here must have committed and been hurt.
 */
import type { Faults } from './trial.ts';

const always = ['told: committed', 'server: dead', 'server: paused'];

const required: Readonly<Record<string, readonly string[]>> = {
  'brokerless-req': [
    'client: unsent, full',
    'client: retried',
    'client: late-reply',
    'client: message dropped by its socket',
    'server: duplicate-suppressed',
    'server: lease-refused',
    'server: told not to commit',
    'server: turned-away, queueFull',
    'told: unsent',
    'told: full',
    'told: not-executed',
    'told: deadline',
  ],
  freelance: [
    'client: unsent, full',
    'client: peer-down, disconnect',
    'client: peer-down, silence',
    'client: retried',
    'client: turned-away',
    'client: late-reply',
    'server: duplicate-suppressed',
    'server: lease-refused',
    'server: told not to commit',
    'server: turned-away, queueFull',
    'told: unsent',
    'told: full',
    'told: not-executed',
    'told: deadline',
    'told: disconnected',
  ],
  majordomo: [
    'broker: worker-lost, disconnect, busy',
    'broker: worker-lost, silence, busy',
    'broker: retried',
    'broker: turned-away, expired',
    'broker: turned-away, queueFull',
    'broker: unsent, unreachable',
    'client: peer-down, disconnect',
    'client: peer-down, silence',
    'client: retried',
    'client: late-reply',
    'server: broker-lost, silence',
    'server: broker-lost, own silence',
    'server: broker-lost, disconnect',
    'server: lease-refused',
    'server: late-answer',
    'server: told not to commit',
    'server: duplicate-suppressed',
    'told: unsent',
    'told: full',
    'told: not-executed',
    'told: deadline',
    'told: disconnected',
  ],
};

/** What links did by those faults: had it not come about, they would have been tried in vain. */
const byFault: Readonly<Record<string, readonly string[]>> = {
  'accept-only': ['link: call not answered'],
  cut: ['link: lost', 'link: end not heard'],
  'cut-in-frame': ['link: cut-in-frame'],
  'drop-message': ['link: drop-message'],
  'duplicate-message': ['link: duplicate-message'],
  grey: ['link: grey'],
  'hold-message': ['link: hold-message'],
  partition: ['link: sent again', 'link: call lost'],
  refuse: ['link: call refused'],
};

/** Those of a pattern that were not reached, though those faults were there to come. */
export function notReached(pattern: string, reached: ReadonlyMap<string, number>, faults: Faults): string[] {
  const ofFaults = [...faults.keys()].flatMap((name) => [`fault: ${name}`, ...(byFault[name] ?? [])]);
  return [...always, ...(required[pattern] ?? []), ...ofFaults].filter((state) => !reached.has(state));
}
