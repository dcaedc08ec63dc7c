/** What a trial is: a promise put under load, or under fire, for longer than a test may take. One file each. */

export interface Trial {
  readonly name: string;
  /** What it finds out, in words. */
  readonly asks: string;
  /** @throws {Error} when it could not be made, or `signal`'s reason. Leaves no process and no folder behind. */
  run(options: TrialOptions): Promise<TrialResult>;
}

export interface TrialOptions {
  /** The same things in seconds, for the test suite. */
  readonly quick: boolean;
  /** How many round trips, or hostile messages; the trial's own number where it is missing. */
  readonly count?: number;
  /** Only patterns, or patterns and variants, whose name contains this. */
  readonly of: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

export interface TrialResult {
  readonly trial: string;
  /** Figures, one row for each case. */
  readonly rows: readonly Row[];
  /** Promises that were broken, a line each. */
  readonly broken: readonly string[];
  /** Why it did not test what it set out to test, a line each. */
  readonly doubts: readonly string[];
}

export type Row = Readonly<Record<string, string | number | boolean>>;

/** What a case found out. */
export interface Finding {
  readonly row: Row;
  readonly broken: readonly string[];
  readonly doubts: readonly string[];
}

/** Makes the cases, and gathers what they found: one after the other, or two at a time where each mostly waits and time is short. */
export async function each<Case>(
  trial: string,
  cases: readonly Case[],
  { quick, signal, say }: TrialOptions,
  titleOf: (one: Case) => string,
  make: (one: Case) => Promise<Finding>,
): Promise<TrialResult> {
  const findings: Finding[] = [];
  const left = [...cases.entries()];
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      signal.throwIfAborted();
      const [index, one] = next;
      const title = titleOf(one);
      say(`${trial} ${index + 1}/${cases.length}: ${title}`);
      const { row, broken, doubts } = await make(one);
      const titled = (line: string) => `${title}: ${line}`;
      findings[index] = { row, broken: broken.map(titled), doubts: doubts.map(titled) };
    }
  };
  await Promise.all(Array.from({ length: quick ? 2 : 1 }, work));
  return {
    trial,
    rows: findings.map(({ row }) => row),
    broken: findings.flatMap(({ broken }) => broken),
    doubts: findings.flatMap(({ doubts }) => doubts),
  };
}
