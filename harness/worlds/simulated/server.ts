/** A server's life in the simulated world: handlers that take virtual time, ask whether they may commit, and keep a ledger. */
import type { Effects, IncomingRequest, Note, ServerMachine, Ticket } from '../../../patterns/machine.ts';
import type { AnyPattern, ServerSetup } from '../../../patterns/pattern.ts';
import type { LedgerLine } from '../../history.ts';
import { answerTo } from '../../load.ts';
import type { Network } from './network.ts';
import { SimulatedProcess } from './process.ts';
import type { Watcher } from './watcher.ts';

export interface SimulatedServerSetup {
  readonly node: string;
  readonly life: number;
  readonly pattern: AnyPattern;
  readonly setup: ServerSetup;
  readonly serviceMs: number;
  readonly network: Network;
  readonly watcher: Watcher | undefined;
  write(line: LedgerLine): void;
  failed(error: unknown): void;
}

export function simulatedServer(server: SimulatedServerSetup): SimulatedProcess<ServerMachine> {
  const { node, life, network, watcher, write } = server;
  const process: SimulatedProcess<ServerMachine> = new SimulatedProcess(
    network,
    `${node}/${life}`,
    (effects: Effects) => server.pattern.server(server.setup, effects),
    {
      execute: (ticket, request) => begin(ticket, request),
      note: (note) => {
        watcher?.noted?.(node, note);
        if (note.kind === 'received') write(receivedLine(note, network.queue.now));
      },
    },
    server.failed,
    watcher,
  );

  function begin(ticket: Ticket, request: IncomingRequest): void {
    if (!process.machine.mayExecute(process.now, ticket)) return;
    const { attempt } = request;
    const began = process.now;
    write({ kind: 'executing', id: idOf(request), attempt, at: began });
    watcher?.executing?.(node, request);
    const finish = () => end(ticket, request, began);
    if (server.serviceMs > 0) process.after(server.serviceMs * 1000, finish);
    else process.call(finish);
  }

  /** The effect is written down before the answer leaves. */
  function end(ticket: Ticket, request: IncomingRequest, began: number): void {
    const { now, machine } = process;
    const isAllowed = machine.mayCommit(now, ticket);
    watcher?.executed?.(node, request, isAllowed);
    if (isAllowed) {
      write({ kind: 'executed', id: idOf(request), attempt: request.attempt, began, at: now });
      machine.executed(now, ticket, 'committed', answerTo(idOf(request), request.body));
    } else {
      machine.executed(now, ticket, 'not-executed', nothing);
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
