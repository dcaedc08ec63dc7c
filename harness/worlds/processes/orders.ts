/** What faults have a process do to itself: stand still, be slow, kill itself at a step of its work. */
import { monotonicMicros } from '../../../patterns/drivers/zeromq.ts';
import type { Effects, Machine } from '../../../patterns/machine.ts';
import type { AnyPattern } from '../../../patterns/pattern.ts';
import type { Failpoint, Order } from '../../faults/fault.ts';
import type { FromChild, ToChild } from './node-spec.ts';

export class Orders {
  #slow = { ms: 0, until: 0 };
  #armed: { readonly point: Failpoint; readonly hit: number; readonly number: number } | undefined;
  #hits = 0;
  #halting: { left: number; readonly number: number } | undefined;

  constructor() {
    process.on('message', (message: ToChild) => {
      if (message.tell === 'obey') this.#obey(message.order, message.number);
    });
  }

  /** How much longer everything takes, in milliseconds. */
  get slowMs(): number {
    return this.#slow.ms > 0 && monotonicMicros() < this.#slow.until ? this.#slow.ms : 0;
  }

  /** To be called at that step, each time. */
  at(point: Failpoint): void {
    if (point === 'after-receive' && this.#halting !== undefined && --this.#halting.left === 0) this.#halt();
    if (this.#armed?.point !== point || ++this.#hits < this.#armed.hit) return;
    // What is written to the channel is with the harness before the signal is sent.
    this.#say(this.#armed.number);
    process.kill(process.pid, 'SIGKILL');
  }

  #halt(): void {
    const { number } = this.#halting!;
    this.#halting = undefined;
    this.#say(number);
    process.kill(process.pid, 'SIGSTOP');
  }

  #obey(order: Order, number: number): void {
    switch (order.kind) {
      case 'stall':
        this.#say(number, () => standStill(order.forMs));
        return;
      case 'slow':
        this.#slow = { ms: order.byMs, until: monotonicMicros() + order.forMs * 1000 };
        this.#say(number);
        return;
      case 'answer':
        this.#say(number);
        return;
      case 'halt-after':
        this.#halting = order.requests === 0 ? undefined : { left: order.requests, number };
        if (order.requests === 0) this.#say(number);
        return;
      case 'kill-at':
        this.#hits = 0;
        this.#armed = order.hit === 0 ? undefined : { ...order, number };
        if (order.hit === 0) this.#say(number);
    }
  }

  #say(number: number, then: () => void = () => undefined): void {
    process.send!({ said: 'obeying', number, at: monotonicMicros() } satisfies FromChild, then);
  }
}

/** The event loop's thread does nothing; libzmq's own go on. */
export function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** The same pattern, whose machines read slowly and die where they are told to. For roles without a handler. */
export function ordered(pattern: AnyPattern, orders: Orders): AnyPattern {
  const make = <M extends Machine, S>(factory: (setup: S, effects: Effects) => M) => {
    return (setup: S, effects: Effects): M => reading(factory(setup, sending(effects, orders)), orders);
  };
  return {
    ...pattern,
    client: make(pattern.client),
    ...(pattern.broker === undefined ? {} : { broker: make(pattern.broker) }),
  };
}

function sending(effects: Effects, orders: Orders): Effects {
  return new Proxy(effects, {
    get(target, name: keyof Effects) {
      const effect = target[name];
      if (name !== 'send') return effect;
      return (...given: Parameters<Effects['send']>) => {
        target.send(...given);
        orders.at('after-send');
      };
    },
  });
}

function reading<M extends Machine>(machine: M, orders: Orders): M {
  return new Proxy(machine, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as unknown;
      if (typeof member !== 'function') return member;
      if (name !== 'received') return member.bind(target);
      return (...given: Parameters<Machine['received']>) => {
        orders.at('after-receive');
        const { slowMs } = orders;
        if (slowMs > 0) standStill(slowMs);
        target.received(...given);
      };
    },
  });
}
