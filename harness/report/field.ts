/** All runs of a report as a field: a row for each ordeal, a column for each contestant, in each place its runs. */
import type { Exhibit } from './exhibit.ts';

export interface Field {
  readonly ordeals: readonly string[];
  readonly contestants: readonly string[];
  /** None where there was no such run. */
  at(ordeal: string, contestant: string): readonly Exhibit[];
}

/** Rows and columns stand in the order in which runs came, but for what had no fault, which comes first. */
export function fieldOf(exhibits: readonly Exhibit[]): Field {
  const places = new Map<string, Exhibit[]>();
  for (const one of exhibits) {
    const place = placeOf(one.ordeal, one.contestant);
    places.set(place, [...(places.get(place) ?? []), one]);
  }
  const quiet = exhibits.filter(({ row }) => row.fault === 'none').map(({ ordeal }) => ordeal);
  return {
    ordeals: [...new Set([...quiet, ...exhibits.map(({ ordeal }) => ordeal)])],
    contestants: [...new Set(exhibits.map(({ contestant }) => contestant))].sort(),
    at: (ordeal, contestant) => places.get(placeOf(ordeal, contestant)) ?? [],
  };
}

function placeOf(ordeal: string, contestant: string): string {
  return `${ordeal} ${contestant}`;
}
