/** Where and when a question was asked, and of which commit: without them a figure says nothing. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Machine, machine } from '../harness/machine.ts';

export interface Where extends Machine {
  /** Of the day, as 2026-01-31. */
  readonly date: string;
  /** The commit it was built from, with a + where files were changed since; left out where this is no checkout. */
  readonly commit?: string;
}

export function where(): Where {
  const commit = commitHere();
  return { ...machine(), date: new Date().toISOString().slice(0, 10), ...(commit === undefined ? {} : { commit }) };
}

function commitHere(): string | undefined {
  try {
    const head = git('rev-parse', '--short', 'HEAD');
    // What questions write while others are still asked changes nothing of what is measured.
    const changed = git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      ':(top)',
      ':(top,exclude)bench/results',
      ':(top,exclude)RESULTS.md',
    );
    return changed === '' ? head : `${head}+`;
  } catch {
    return undefined;
  }
}

function git(...args: string[]): string {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
