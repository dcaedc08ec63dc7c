/**
 * Which endpoint a connection belongs to, and whether it ever came up. libzmq's monitor names the first connection to a
 * host by the endpoint as it was given, and every later one by the address that its name resolved to. With one endpoint of
 * a port there is no doubt; with several, one that comes back is taken for one that is down, which keeps their number
 * right, and mostly their names.
 *
 * Where a socket is bound, whoever connects is accepted, and may leave without a handshake: a port scanner, a peer that
 * speaks something else. The monitor tells of the end of each connection, and not of which. One that has not come up is
 * taken to have left before any that has, so that a mistake lasts no longer than the stranger stays.
 */
export class Links {
  readonly #endpoints: string[] = [];
  readonly #up: { readonly address: string; readonly endpoint: string }[] = [];
  #bound: string | undefined;
  #arriving = 0;

  connect(endpoint: string): void {
    this.#endpoints.push(endpoint);
  }

  bind(endpoint: string): void {
    this.#bound = endpoint;
  }

  /** A connection was accepted, and its handshake is to follow. */
  accepted(): void {
    this.#arriving++;
  }

  /** A connection came up. Returns its endpoint, or the address where it is of none. */
  up(address: string): string {
    if (this.#bound !== undefined) {
      this.#arriving = Math.max(0, this.#arriving - 1);
      return this.#bound;
    }
    const endpoint = this.of(address) ?? address;
    this.#up.push({ address, endpoint });
    return endpoint;
  }

  /** Whose connection would be the next of that address; undefined where it is of no endpoint that we called. */
  of(address: string): string | undefined {
    const isDown = (endpoint: string) => !this.#up.some((link) => link.endpoint === endpoint);
    if (this.#endpoints.includes(address)) return address;
    return this.#endpoints.find((one) => portOf(one) === portOf(address) && isDown(one));
  }

  /** A connection came down. Returns its endpoint; nothing where it was accepted, and never came up. */
  down(address: string): string | undefined {
    if (this.#bound === undefined) {
      const index = this.#up.findIndex((link) => link.address === address);
      return index < 0 ? address : this.#up.splice(index, 1)[0]!.endpoint;
    }
    if (this.#arriving === 0) return this.#bound;
    this.#arriving--;
    return undefined;
  }
}

function portOf(address: string): string | undefined {
  return /^tcp:.*:(\d+)$/.exec(address)?.[1];
}
