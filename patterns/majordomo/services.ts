/** The services that a broker knows, by name: so many at most, and none for longer than it has workers or requests. */
import type { Frames } from '../machine.ts';
import { keyOf, same } from '../parts/bytes.ts';
import { mmiStatus } from './mdp.ts';
import { Service } from './service.ts';

export class Services {
  readonly #limit: number;
  readonly #listed = new Map<string, Service>();
  /** The one asked for last, so that its name need not be made a key again. */
  #recent: Service | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#listed.size;
  }

  values(): Iterable<Service> {
    return this.#listed.values();
  }

  /** The service of that name: one that is listed, or a new one that is not yet. */
  find(frame: Uint8Array): Service {
    if (this.#recent?.isUnused === false && same(this.#recent.frame, frame)) return this.#recent;
    const name = keyOf(frame);
    return this.#listed.get(name) ?? new Service(name, frame);
  }

  /** Whether a service has its place on the list, and is remembered as asked for last; it gets one while there are any. */
  isListed(service: Service): boolean {
    if (this.#listed.get(service.name) !== service) {
      if (this.#listed.size >= this.#limit) return false;
      this.#listed.set(service.name, service);
    }
    this.#recent = service;
    return true;
  }

  /** A service with neither workers nor requests is forgotten, so that junk names don't stay. */
  retire(service: Service): void {
    // It may have been forgotten before, and its name belong to another by now.
    if (service.isUnused && this.#listed.get(service.name) === service) this.#listed.delete(service.name);
  }

  /** What 8/MMI answers to a question in that name. */
  mmi(name: string, body: Frames, isOpen: boolean): Uint8Array {
    if (name !== 'mmi.service') return mmiStatus.notImplemented;
    const able = this.#listed.get(keyOf(body[0]!))?.able ?? 0;
    return able > 0 && isOpen ? mmiStatus.found : mmiStatus.notFound;
  }
}
