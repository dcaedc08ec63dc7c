/** Our own side of what `transactions.py` says: the same bodies, the same replies, the same count. */
import type { Client, Handler } from '../../patterns/index.ts';
import { bytes, text } from '../contract/world.ts';
import { isAll } from '../needs.ts';
import type { Tally } from './peer.ts';

/** How many each direction makes. The issue asks for 10 000; without a need for all, a tenth keeps the suite short. */
export const transactions = isAll ? 10_000 : 1000;

export const marked: Handler = (body) => bytes(`re: ${text(body)}`);

export const markedInParts: Handler = async function* (body) {
  yield bytes('re: ');
  const half = body.length >> 1;
  yield body.subarray(0, half);
  yield body.subarray(half);
};

/** So many transactions with one client, each checked against its own request. */
export async function ask(client: Client, count: number, together = 32): Promise<Tally> {
  const tally = { count, right: 0, mixed_up: 0, lost: 0, retries: 0, seconds: 0 };
  const started = performance.now();
  let begun = 0;
  const lane = async () => {
    while (begun < count) {
      const body = `request ${begun} ${'.'.repeat(begun++ % 200)}`;
      try {
        const reply = text(await client.transact(bytes(body)));
        if (reply === `re: ${body}`) tally.right++;
        else tally.mixed_up++;
      } catch {
        tally.lost++;
      }
    }
  };
  await Promise.all(Array.from({ length: together }, lane));
  tally.seconds = Math.round((performance.now() - started) / 10) / 100;
  return tally;
}
