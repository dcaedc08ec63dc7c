/** All runs of a report as a field: a row for each ordeal, a column for each contestant, in each place its runs. */
import type { Exhibit } from './exhibit.ts';

export interface Field {
  readonly ordeals: readonly string[];
  readonly contestants: readonly string[];
  /** None where there was no such run. */
  at(ordeal: string, contestant: string): readonly Exhibit[];
  /** Why there was none. */
  whyNot(ordeal: string, contestant: string): string;
}

export type Plan = Partial<Pick<Field, 'ordeals' | 'contestants' | 'whyNot'>>;

/** Rows and columns stand as planned; without a plan as runs came, but what had no fault comes first. */
export function fieldOf(exhibits: readonly Exhibit[], plan: Plan = {}): Field {
  const places = new Map<string, Exhibit[]>();
  for (const one of exhibits) {
    const place = placeOf(one.ordeal, one.contestant);
    places.set(place, [...(places.get(place) ?? []), one]);
  }
  const quiet = exhibits.filter(({ row }) => row.fault === 'none').map(({ ordeal }) => ordeal);
  return {
    ordeals: plan.ordeals ?? [...new Set([...quiet, ...exhibits.map(({ ordeal }) => ordeal)])],
    contestants: plan.contestants ?? [...new Set(exhibits.map(({ contestant }) => contestant))].sort(),
    whyNot: plan.whyNot ?? (() => 'no such run'),
    at: (ordeal, contestant) => places.get(placeOf(ordeal, contestant)) ?? [],
  };
}

function placeOf(ordeal: string, contestant: string): string {
  return `${ordeal} ${contestant}`;
}
