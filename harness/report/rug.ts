/** What a latency cannot show: a tick for each transaction that ended badly, a row for each way of doing so. */
import type { Judged } from '../verdict.ts';
import { type Frame, left, type Section } from './frame.ts';
import { element, fixed, label } from './svg.ts';

const pitch = 17;

interface Harm {
  readonly name: string;
  readonly look: string;
  readonly of: (transaction: Judged) => boolean;
}

const harms: readonly Harm[] = [
  { name: 'duplicated', look: 'duplicated', of: ({ cell }) => cell.endsWith('DUPLICATED') },
  { name: 'late', look: 'late', of: ({ late }) => late },
  { name: 'orphaned', look: 'orphan', of: ({ cell }) => cell === 'ORPHAN' || cell === 'ORPHAN-DUPLICATED' },
  { name: 'lost', look: 'lost', of: ({ cell }) => cell === 'LOST' },
  { name: 'stuck', look: 'stuck', of: ({ cell }) => cell === 'STUCK' },
  { name: 'phantom', look: 'stuck', of: ({ cell }) => cell === 'PHANTOM' },
  { name: 'false refusal', look: 'stuck', of: ({ cell }) => cell === 'FALSE REFUSAL' },
  { name: 'mismatched', look: 'stuck', of: ({ mismatched }) => mismatched },
];

export function rug(frame: Frame): Section {
  const rows = harms
    .map((harm) => ({ ...harm, hit: frame.judgement.transactions.filter(harm.of) }))
    .filter(({ hit }) => hit.length > 0);
  const draw = (top: number) =>
    rows
      .map(({ name, look, hit }, index) => {
        const y = top + index * pitch;
        const d = hit.map(({ dueMs }) => `M${fixed(frame.x(dueMs))} ${fixed(y + 1)}v12`).join('');
        return (
          element('path', { d, class: `tick ${look}` }) +
          label(left - 10, y + 11, `${hit.length} ${name}`, `${look}-ink`, 'end')
        );
      })
      .join('');
  return { height: rows.length === 0 ? 0 : rows.length * pitch + 4, draw };
}
