/** A server's life in the simulated world: handlers that take virtual time, ask whether they may commit, and keep a ledger. */
import type { Effects, IncomingRequest, Note, ServerMachine, Ticket } from '../../../patterns/machine.ts';
import type { AnyPattern, ServerSetup } from '../../../patterns/pattern.ts';
import type { Failpoint } from '../../faults/fault.ts';
import type { LedgerLine } from '../../history.ts';
import { answerTo, inParts, partMs } from '../../load.ts';
import type { Scenario } from '../../scenario.ts';
import { Moments } from './moments.ts';
import type { Network } from './network.ts';
import type { Work } from './pace.ts';
import { SimulatedProcess } from './process.ts';
import { within } from './timings.ts';
import type { Watcher } from './watcher.ts';

export interface SimulatedServerSetup {
  readonly node: string;
  readonly life: number;
  readonly pattern: AnyPattern;
  readonly setup: ServerSetup;
  readonly handler: Scenario['handler'];
  readonly work: Work;
  /** The effects that were made, by any server: what an idempotent handler looks into. */
  readonly effects: Set<string>;
  readonly network: Network;
  readonly watcher: Watcher | undefined;
  write(line: LedgerLine): void;
  passes(point: Failpoint): void;
  failed(error: unknown): void;
}

export function simulatedServer(server: SimulatedServerSetup): SimulatedProcess<ServerMachine> {
  const { node, life, network, watcher, write, passes } = server;
  const chance = new Moments(network.queue, network.seedOf(`${node} handling`));
  const process: SimulatedProcess<ServerMachine> = new SimulatedProcess(
    network,
    `${node}/${life}`,
    (effects: Effects) => server.pattern.server(server.setup, effects),
    {
      execute: (ticket, request) => begin(ticket, request),
      note: (note) => {
        watcher?.noted?.(node, note);
        if (note.kind !== 'received') return;
        write(receivedLine(note, network.queue.now));
        process.busy(server.work.reading);
        passes('after-receive');
      },
    },
    server.failed,
    watcher,
  );

  // Its code is not compiled yet.
  let [coldBefore, coldAfter] = [server.work.cold, server.work.cold];

  function begin(ticket: Ticket, request: IncomingRequest): void {
    if (!process.machine.mayExecute(process.now, ticket)) return;
    const { attempt } = request;
    const began = process.now;
    write({ kind: 'executing', id: idOf(request), attempt, at: began });
    watcher?.executing?.(node, request);
    passes('before-execute');
    const finish = () => end(ticket, request, began);
    const takes = server.handler.serviceMs * 1000 + process.slowness;
    // All that it costs before is at its beginning, where no other of the machine's inputs comes between.
    const before = within(server.work.before, chance.draw()) + server.work.extra + coldBefore;
    process.busy(coldBefore);
    coldBefore = 0;
    const handle = () => (takes > 0 ? process.after(takes, finish) : process.call(finish));
    network.queue.at(began + before, () => (network.ways.isMachine ? process.whenAwake(handle) : handle()));
  }

  /** The effect is written down before the answer leaves. */
  function end(ticket: Ticket, request: IncomingRequest, began: number): void {
    const { now, machine } = process;
    const isAllowed = machine.mayCommit(now, ticket);
    watcher?.executed?.(node, request, isAllowed);
    if (!isAllowed) {
      machine.executed(now, ticket, 'not-executed', nothing);
      return;
    }
    const id = idOf(request);
    const isRepeated = server.handler.idempotent && server.effects.has(id);
    server.effects.add(id);
    if (isRepeated) write({ kind: 'repeated', id, attempt: request.attempt, at: now });
    else write({ kind: 'executed', id, attempt: request.attempt, began, at: now });
    passes('after-execute');
    const after = within(server.work.after, chance.draw()) + coldAfter;
    coldAfter = 0;
    process.goOn(after, () => answer(ticket, request));
  }

  function answer(ticket: Ticket, request: IncomingRequest): void {
    passes('after-reply');
    const whole = answerTo(idOf(request), request.body);
    const { parts } = server.handler;
    if (parts === 0) process.machine.executed(process.now, ticket, 'committed', whole);
    // Each attempt cuts it in other places, so that parts of two do not make one answer.
    else sendParts(ticket, inParts(whole, parts, (request.attempt - 1) % 3), request.deadline);
  }

  /** As the promise side does it: parts leave as they are made, none after the deadline, and none where there is no room. */
  function sendParts(ticket: Ticket, [part, ...more]: readonly Uint8Array[], deadline: number): void {
    const { machine, now } = process;
    if (now >= deadline) machine.executed(now, ticket, 'rejected', tooLate);
    else if (part === undefined) machine.executed(now, ticket, 'ended', nothing);
    else if (machine.congested) process.after(congestedMicros, () => sendParts(ticket, [part, ...more], deadline));
    else {
      machine.part(now, ticket, part);
      process.after(partMs * 1000, () => sendParts(ticket, more, deadline));
    }
  }

  return process;
}

function idOf({ client, sequence }: IncomingRequest): string {
  return `${client}:${sequence}`;
}

function receivedLine(note: Note, at: number): LedgerLine {
  return { kind: 'received', id: `${note['client']}:${note['sequence']}`, attempt: Number(note['attempt']), at };
}

const nothing = new Uint8Array(0);
const tooLate = new TextEncoder().encode('the deadline passed before its answer was whole');
const congestedMicros = 2_000;
