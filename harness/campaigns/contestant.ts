/** Who takes part in a comparison: a variant of a pattern, under the name that reports give it. */
import { variantOf } from '../../patterns/names.ts';
import { MisuseError } from '../../patterns/transaction.ts';
import { findPatterns } from '../registry.ts';
import { subject } from '../report/words.ts';

export interface Contestant {
  /** What reports call it: `freelance`, `brokerless-req/retry`, or `freelance again`. */
  readonly name: string;
  readonly pattern: string;
  readonly variant: string;
  /** The same as another that takes part, under a name of its own: what differs between the two is noise. */
  readonly again: boolean;
}

/**
 * Those that were named, in that order: `pattern` for all its variants, or `pattern/variant`; all patterns by default.
 * @throws {MisuseError} for one that there is not, or that is named twice.
 */
export async function contestantsOf(
  named: readonly string[] | undefined,
  patternFolders?: readonly string[],
): Promise<Contestant[]> {
  const found = await findPatterns(patternFolders);
  const contestants = (named ?? [...found.keys()]).flatMap((one) => {
    const [name = '', variant] = one.split('/');
    const pattern = found.get(name)?.pattern;
    if (pattern === undefined) throw new MisuseError('pattern', name, `there are ${[...found.keys()].join(', ')}`);
    const variants = variant === undefined ? Object.keys(pattern.variants) : [variantOf(pattern, variant)[0]];
    return variants.map((each) => ({ name: subject(name, each), pattern: name, variant: each, again: false }));
  });
  const twice = contestants.find(({ name }, index) => contestants.findIndex((one) => one.name === name) !== index);
  if (twice !== undefined) throw new MisuseError('pattern', named?.join(','), `${twice.name} is named twice`);
  return contestants;
}

/** The same again, for the noise floor. */
export function twinOf({ name, pattern, variant }: Contestant): Contestant {
  return { name: `${name} again`, pattern, variant, again: true };
}
