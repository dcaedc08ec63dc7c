/**
 * Which endpoint a connection belongs to. libzmq's monitor names the first connection to a host by the endpoint as it was
 * given, and every later one by the address that its name resolved to. With one endpoint of a port there is no doubt; with
 * several, one that comes back is taken for one that is down, which keeps their number right, and mostly their names.
 */
export class Links {
  readonly #endpoints: string[] = [];
  readonly #up: { readonly address: string; readonly endpoint: string }[] = [];

  add(endpoint: string): void {
    this.#endpoints.push(endpoint);
  }

  /** A connection came up. Returns its endpoint, or the address where it is of none. */
  up(address: string): string {
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

  /** A connection came down; of one that never was up, the address is all there is. */
  down(address: string): string {
    const index = this.#up.findIndex((link) => link.address === address);
    if (index < 0) return address;
    return this.#up.splice(index, 1)[0]!.endpoint;
  }
}

function portOf(address: string): string | undefined {
  return /^tcp:.*:(\d+)$/.exec(address)?.[1];
}
