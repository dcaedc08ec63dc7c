/**
 * One attempt to connect. Nobody listening is known at once. A process that stands still has its kernel accept, but
 * shakes no hands until it runs again; so does a link that says nothing, and in the end the call is told to be over.
 */
import type { Micros } from '../../../patterns/machine.ts';
import { drawNth } from '../../../patterns/parts/chance.ts';
import type { Conditions } from '../conditions.ts';
import { nodeOfLife } from './host.ts';
import type { LinkProxy } from './link-proxy.ts';
import type { Network } from './network.ts';
import { nextKnock } from './retransmission.ts';
import type { Session } from './session.ts';
import type { SimulatedSocket } from './socket.ts';
import { handshake, handshakesApart, within } from './timings.ts';

export class Call {
  readonly #network: Network;
  readonly #session: Session;
  readonly #seed: number;
  readonly #began: Micros;
  /** The way there, and the way back. */
  readonly #ways: readonly [Conditions, Conditions];
  /** Who listened when it was heard. */
  #listener: SimulatedSocket | undefined;
  readonly #proxy: LinkProxy | undefined;
  #isUnanswered = false;
  /** A proxy opens one connection for it, however often hands are to be shaken. */
  #isOpened = false;

  constructor(network: Network, session: Session, seed: number) {
    this.#network = network;
    this.#session = session;
    this.#seed = seed;
    this.#began = network.queue.now;
    const nodes = [nodeOfLife(session.host.name), network.homeOf(session.endpoint)] as const;
    this.#proxy = network.proxyBetween(...nodes);
    this.#ways = network.faults.between(...nodes);
  }

  knock(): void {
    const { faults, queue } = this.#network;
    if (this.#is('refuse')) {
      faults.happened('call refused');
      this.#session.refused();
    } else if (this.#is('drop-packets')) {
      // Not heard, and not refused: it is tried again as TCP does it.
      faults.happened('call lost');
      faults.whenChanged(() => {
        if (this.#is('drop-packets')) this.knock();
        else queue.at(nextKnock(this.#began, queue.now), () => this.knock());
      });
    } else if (this.#isSilent) this.#waitInVain();
    else {
      this.#listener = this.#network.listenerAt(this.#session.endpoint);
      if (this.#listener === undefined) this.#session.refused();
      else this.#shakeSoon();
    }
  }

  readonly #shakeSoon = (): void => {
    const { queue, ways } = this.#network;
    const time = this.#handshake() + Math.floor(2 * ways.latency * drawNth(this.#seed, 3));
    const proxied = this.#proxy?.shakes(this.#isOpened, drawNth(this.#seed, 6)) ?? 0;
    this.#isOpened = true;
    queue.at(queue.now + proxied + time + this.#delay(), this.#shake);
  };

  /** On a machine, who listens wakes once for all that called at one moment: they are ready one soon after the other. */
  #handshake(): Micros {
    const own = drawNth(this.#seed, 0);
    const { ways, queue } = this.#network;
    if (!ways.isMachine) return within(handshake, own);
    const ofAll = drawNth(this.#network.seedOf(`${this.#session.endpoint} shakes hands @${queue.now}`), 0);
    return within(handshake, ofAll) + within(handshakesApart, own);
  }

  readonly #shake = (): void => {
    const [session, listener] = [this.#session, this.#listener!];
    if (!session.isWanted) return;
    if (listener.isClosed || this.#network.listenerAt(session.endpoint) !== listener || this.#is('refuse'))
      session.interrupted();
    else if (listener.host.state !== 'running') listener.host.whenAwake(this.#shakeSoon);
    else if (session.host.state !== 'running') session.host.whenAwake(this.#shakeSoon);
    else if (this.#isSilent) this.#waitInVain();
    else if (this.#is('hold') || this.#is('drop-packets')) this.#network.faults.whenChanged(this.#shakeSoon);
    else this.#network.join(session, listener, this.#seed);
  };

  /** It was accepted, and nothing comes of it: the connection is reset in the end. */
  #waitInVain(): void {
    const { faults } = this.#network;
    if (!this.#isUnanswered) faults.happened('call not answered');
    this.#isUnanswered = true;
    faults.whenChanged(() => {
      if (this.#isSilent) this.#waitInVain();
      else if (this.#session.isWanted) this.#session.interrupted();
    });
  }

  get #isSilent(): boolean {
    return this.#is('accept-only') || this.#is('cut');
  }

  #is(kind: Parameters<Conditions['is']>[0]): boolean {
    const [there, back] = this.#ways;
    return !(there.isClear && back.isClear) && (there.is(kind) || back.is(kind));
  }

  /** Hands are shaken in three steps, each after the other side's one before. */
  #delay(): Micros {
    const [there, back] = this.#ways;
    if (there.isClear && back.isClear) return 0;
    const delayMs = there.delayMs(() => drawNth(this.#seed, 4)) + back.delayMs(() => drawNth(this.#seed, 5));
    return Math.round(1500 * delayMs);
  }
}
