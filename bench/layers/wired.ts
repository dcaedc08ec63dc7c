/**
 * A pattern's machines wired to each other with no sockets between them, and a stop-watch for each role: what one hands
 * over the other is given, one input at a time, as a driver would.
 */
import { freelance } from '../../patterns/freelance/pattern.ts';
import type { ClientMachine, Effects, Frames, Machine, ServerMachine, Ticket } from '../../patterns/machine.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { ascii } from '../../patterns/parts/bytes.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import type { Role } from '../throughput/peer.ts';

export interface Wired {
  /** So many transactions in one turn, until all of them have settled. */
  turn(count: number): void;
  /** Milliseconds that each role's machine has taken so far. */
  readonly tookMs: Readonly<Record<Role, number>>;
}

export function wiredFreelance(request: Uint8Array): Wired {
  const wires = new Wires();
  const settings = withDefaults(freelance.settings, {});
  const ends = { bind: [endpoint], connect: [], service, concurrency: 1, incarnation: 1, settings };
  wires.listener = wires.add('server', (effects) => freelance.server(ends, effects));
  return wires.withClient((effects) => freelance.client({ ...clientEnds, settings }, effects), request);
}

/** As many workers, of credit one, as side by side. */
export function wiredMajordomo(request: Uint8Array): Wired {
  const wires = new Wires();
  const settings = withDefaults(majordomo.settings, {});
  wires.listener = wires.add('broker', (effects) => majordomo.broker!({ bind: [endpoint], settings }, effects));
  for (let i = 0; i < 4; i++) {
    const ends = { bind: [], connect: [endpoint], service, concurrency: 1, incarnation: i + 1, settings };
    wires.add('server', (effects) => majordomo.server(ends, effects));
  }
  return wires.withClient((effects) => majordomo.client({ ...clientEnds, settings }, effects), request);
}

interface Node {
  readonly role: Role;
  readonly machine: Machine;
  /** By which the one that listens knows it, and its socket. */
  readonly sockets: { readonly id: Uint8Array; readonly socket: number }[];
  /** What it sent and asked for, to be done after its input has returned. */
  readonly caused: (() => void)[];
  /** It was given an input that is not flushed yet: what handlers of one turn answer leaves together. */
  owesFlush: boolean;
}

class Wires {
  listener: Node | undefined;
  readonly tookMs = { client: 0, broker: 0, server: 0 };
  readonly #nodes: Node[] = [];
  readonly #byId = new Map<string, { readonly node: Node; readonly socket: number }>();
  #now = 1_000_000;

  add(role: Role, make: (effects: Effects) => Machine): Node {
    const caused: (() => void)[] = [];
    const sockets: Node['sockets'] = [];
    const node: { -readonly [Key in keyof Node]: Node[Key] } = {
      ...{ role, machine: undefined as never, sockets, caused, owesFlush: false },
    };
    node.machine = make(this.#effectsOf(node));
    this.#nodes.push(node);
    this.#give(node, (machine, now) => machine.flush(now));
    return node;
  }

  withClient(make: (effects: Effects) => ClientMachine, request: Uint8Array): Wired {
    const node = this.add('client', make);
    const client = node.machine as ClientMachine;
    // Registered, asked after, and answered: then it may send.
    for (let i = 0; i < 100 && client.available === 0; i++) this.#turn(1000);
    if (client.available === 0) throw new Error('no server became available');
    return {
      tookMs: this.tookMs,
      turn: (count) => {
        this.#now += 10;
        this.#timed('client', () => {
          const deadline = this.#now + 5_000_000;
          for (let i = 0; i < count; i++) client.transact(this.#now, { request, deadline, delivery: 'at-least-once' });
        });
        this.#give(node, () => undefined);
        for (let i = 0; i < 1000 && client.pending > 0; i++) this.#turn(10);
        if (client.pending > 0) throw new Error(`${client.pending} transactions were not settled`);
      },
    };
  }

  /** Time goes on, and everybody whose moment has come has it. */
  #turn(micros: number): void {
    this.#now += micros;
    for (const node of this.#nodes) {
      if (node.machine.deadline <= this.#now) this.#give(node, (machine, now) => machine.expired(now));
    }
  }

  /** One input, a flush, and then whatever they caused. */
  #give(node: Node, input: (machine: Machine, now: number) => void): void {
    this.#timed(node.role, () => {
      input(node.machine, this.#now);
      node.machine.flush(this.#now);
    });
    for (const act of node.caused.splice(0)) act();
    if (!node.owesFlush) return;
    node.owesFlush = false;
    this.#give(node, () => undefined);
  }

  #timed(role: Role, what: () => void): void {
    const began = performance.now();
    what();
    this.tookMs[role] += performance.now() - began;
  }

  #effectsOf(node: Node): Effects {
    return {
      open: (spec) => {
        const socket = node.sockets.length;
        node.sockets.push({ id: spec.routingId ?? ascii(`peer-${this.#byId.size}`), socket });
        this.#byId.set(keyOf(node.sockets[socket]!.id), { node, socket });
        return socket;
      },
      connect: (socket) => {
        node.caused.push(() =>
          this.#give(node, (machine, now) => machine.linked(now, socket, endpoint, true, 'handshake')),
        );
      },
      bind: () => undefined,
      close: () => undefined,
      send: (socket, frames) => node.caused.push(() => this.#carry(node, socket, frames)),
      settle: () => undefined,
      part: () => undefined,
      execute: (ticket, { body }) => node.caused.push(() => this.#execute(node, ticket, body)),
      draw: () => 0.5,
    };
  }

  #carry(from: Node, socket: number, frames: Frames): void {
    const to = from === this.listener ? this.#byId.get(keyOf(frames[0]!)) : undefined;
    if (to !== undefined) this.#give(to.node, (machine, now) => machine.received(now, to.socket, frames.slice(1)));
    else if (from !== this.listener) {
      const named = [from.sockets[socket]!.id, ...frames];
      this.#give(this.listener!, (machine, now) => machine.received(now, 0, named));
    }
  }

  #execute(node: Node, ticket: Ticket, body: Uint8Array): void {
    const server = node.machine as ServerMachine;
    node.owesFlush = true;
    this.#timed(node.role, () => {
      if (server.mayExecute(this.#now, ticket)) server.executed(this.#now, ticket, 'committed', body);
    });
  }
}

function keyOf(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1');
}

const endpoint = 'tcp://127.0.0.1:1';
const service = 'default';
const clientEnds = { endpoints: [endpoint], bind: [], service, clientId: 'bench', firstSequence: 1 };
