/**
 * A host for each node, as far as the network goes: a network namespace with an address of its own, and one wire, to a
 * router that is a namespace too. What the router drops, it drops in silence and one way: a rule of its routing says
 * from whom to whom. Nothing of it is seen outside, and all of it goes with the namespaces.
 */
import type { Cure } from '../../../faults/fault.ts';
import { endsOf } from '../../../targets.ts';
import type { Direction, Impairment, LinkVictim } from '../../impairment.ts';
import type { Reaper } from '../reaper.ts';
import { ip, namesOf, namespaces, orphans, removeNamespaces } from './namespaces.ts';

export class Hosts {
  readonly links: readonly LinkVictim[];
  readonly #names: string;
  readonly #reaper: Reaper;
  readonly #nodes: readonly string[];
  /** What can't be passed, and how many have said so. */
  readonly #barred = new Map<string, number>();

  constructor(nodes: readonly string[], links: readonly string[], reaper: Reaper) {
    this.#nodes = nodes;
    this.#names = namesOf(++worlds);
    // Told first: whenever the harness is killed, somebody knows what to look for.
    this.#reaper = reaper;
    reaper.ownNamespaces(this.#names);
    this.links = links.map((name) => ({
      name,
      impair: (impairment, directions) => this.#impair(name, impairment, directions),
    }));
  }

  /** Makes them, after what dead harnesses have left. @throws {Error} with what `ip` said. */
  async open(): Promise<void> {
    removeNamespaces(orphans());
    const wires = this.#nodes.map((node, index) => {
      return `link add name node-${index} netns ${this.#router} type veth peer name wire netns ${this.namespaceOf(node)}`;
    });
    const all = [this.#router, ...this.#nodes.map((node) => this.namespaceOf(node))];
    await batch(undefined, [...all.map((name) => `netns add ${name}`), ...wires]);
    await batch(
      this.#router,
      this.#nodes.flatMap((_, index) => [
        `address add ${addressOf(index, 1)}/30 dev node-${index}`,
        `link set node-${index} up`,
      ]),
    );
    await ip(['netns', 'exec', this.#router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
    await Promise.all(
      this.#nodes.map((node, index) =>
        batch(this.namespaceOf(node), [
          'link set lo up',
          `address add ${addressOf(index, 2)}/30 dev wire`,
          'link set wire up',
          `route add default via ${addressOf(index, 1)}`,
        ]),
      ),
    );
  }

  addressOf(node: string): string {
    return addressOf(this.#nodes.indexOf(node), 2);
  }

  namespaceOf(node: string): string {
    return this.#names + node;
  }

  close(): void {
    removeNamespaces(namespaces(this.#names));
    this.#reaper.forgetNamespaces(this.#names);
  }

  get #router(): string {
    return `${this.#names}router`;
  }

  async #impair(link: string, { kind }: Impairment, directions: readonly Direction[]): Promise<Cure> {
    if (kind !== 'drop-packets') throw new Error(`the network between hosts knows no ${kind}`);
    const [from, to] = endsOf(link).map((node) => this.addressOf(node)) as [string, string];
    const ways = directions.map((one) => (one === 'requests' ? `from ${from} to ${to}` : `from ${to} to ${from}`));
    await Promise.all(ways.map((way) => this.#bar(way, 1)));
    return async () => void (await Promise.all(ways.map((way) => this.#bar(way, -1))));
  }

  /** Two faults may bar the same way: it is open again when both are over. */
  async #bar(way: string, by: 1 | -1): Promise<void> {
    const [before, after] = [this.#barred.get(way) ?? 0, (this.#barred.get(way) ?? 0) + by];
    this.#barred.set(way, after);
    if (before === 0 || after === 0) await batch(this.#router, [`rule ${by > 0 ? 'add' : 'delete'} ${way} blackhole`]);
  }
}

/** Why this machine has no such hosts; undefined where it has. */
export function hostsMissing(): Promise<string | undefined> {
  missing ??= tried();
  return missing;
}

async function tried(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s';
  if (process.getuid?.() !== 0) return 'network namespaces take root';
  const [names, router] = [namesOf(0), `${namesOf(0)}router`];
  try {
    await ip(['netns', 'add', router]);
    await ip(['netns', 'exec', router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
    await batch(router, [
      'link add name node-0 type veth peer name wire',
      `rule add from ${addressOf(0, 2)} to ${addressOf(1, 2)} blackhole`,
    ]);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    removeNamespaces(namespaces(names));
  }
}

function batch(namespace: string | undefined, lines: readonly string[]): Promise<void> {
  return ip([...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'], lines.join('\n'));
}

/** A network of four addresses for each wire: the router has the first of it, the node the second. */
function addressOf(node: number, end: 1 | 2): string {
  return `10.0.${node}.${end}`;
}

let worlds = 0;
let missing: Promise<string | undefined> | undefined;
