/** Which peer gets the next transaction, and the lists by which that is told: what waits, and what each peer holds. */
import type { Micros } from '../machine.ts';
import type { Peer } from './peer.ts';
import type { ListId, SlotLists } from './slot-lists.ts';

/** What was never handed over waits in one list, what is in doubt or was turned away in another; each peer holds one. */
export const FRESH: ListId = 0;
export const AGAIN: ListId = 1;
/** Those that wait, in the order in which they are dealt. */
export const dealt: readonly ListId[] = [AGAIN, FRESH];

export function listOf(peer: Peer): ListId {
  return 2 + peer.index;
}

/** Least outstanding first, ties round robin; one that is suspected only when none is left, and only for what is new. */
export function choose(
  peers: readonly Peer[],
  turn: number,
  lists: SlotLists,
  window: number,
  now: Micros,
  isNew: boolean,
): Peer | undefined {
  let best: Peer | undefined;
  let bestRank = Number.POSITIVE_INFINITY;
  for (let i = 0; i < peers.length; i++) {
    const peer = peers[(turn + 1 + i) % peers.length]!;
    const outstanding = lists.length(listOf(peer)) + peer.withheld;
    if (outstanding >= window || peer.carrier.room === 0 || now < peer.restUntil) continue;
    const rank = outstanding + peer.hesitation(isNew);
    if (rank < bestRank) {
      best = peer;
      bestRank = rank;
    }
  }
  return best;
}
