/** What a long question has found out so far, a line each on disk: asked with `--resume` it goes on where it was stopped. */
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readLines } from '../harness/history.ts';

export class Journal<T> {
  readonly #path: string;
  readonly #found: Map<string, T>;

  /** Without `resumes` it begins anew, whatever an earlier one has left. */
  constructor(path: string, resumes: boolean) {
    this.#path = path;
    this.#found = new Map(resumes && existsSync(this.#path) ? readLines<[string, T]>(this.#path) : []);
    mkdirSync(dirname(this.#path), { recursive: true });
    // Without the line that was torn where it was stopped.
    writeFileSync(this.#path, [...this.#found].map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  /** What is found under that key: the first time by looking, after that by the journal, where what was found `stands`. */
  async once(
    key: string,
    find: (before: T | undefined) => Promise<T>,
    stands: (found: T) => boolean = () => true,
  ): Promise<T> {
    const before = this.#found.get(key);
    if (before !== undefined && stands(before)) return before;
    const found = await find(before);
    appendFileSync(this.#path, `${JSON.stringify([key, found])}\n`);
    this.#found.set(key, found);
    return found;
  }

  /** All was found. */
  end(): void {
    rmSync(this.#path, { force: true });
  }
}
