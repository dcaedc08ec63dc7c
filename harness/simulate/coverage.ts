/**
 * Interesting states that a campaign must have reached, or it proved nothing of them. By pattern, as its machines note
 * them: they take all the faults there are. Of a few faults these must have struck, and any pattern must have committed.
 */
import type { Faults } from './trial.ts';

const always = ['told: committed'];

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
  pause: ['server: paused'],
  refuse: ['link: call refused'],
};

/** States of a pattern that it takes all faults to reach. */
export function statesOf(pattern: string): readonly string[] {
  return required[pattern] ?? [];
}

/** States that say that those faults came, and what came of them. */
export function statesBy(faults: Faults): readonly string[] {
  return [...always, ...[...faults.keys()].flatMap((name) => [`fault: ${name}`, ...(byFault[name] ?? [])])];
}
