/** The house rules that a compiler does not know. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

function sources(...folders: string[]): [string, string][] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !/(^|\/)(node_modules|dist)\//.test(path))
      .map((path): [string, string] => [join(folder, path), readFileSync(join(root, folder, path), 'utf8')]),
  );
}

describe('import directions', () => {
  it('arrows point one way only', () => {
    const args = [
      '--config',
      '.dependency-cruiser.json',
      '--output-type',
      'err',
      'patterns',
      'harness',
      'bench',
      'test',
    ];
    const cruise = join(root, 'node_modules/.bin/depcruise');
    expect(execFileSync(cruise, args, { cwd: root, encoding: 'utf8' })).toContain('no dependency violations');
  });
});

describe('machines', () => {
  const pure = sources('patterns/parts', 'patterns/brokerless-req', 'patterns/freelance', 'patterns/majordomo');
  const impure =
    /\b(Date|performance|process|setTimeout|setImmediate|queueMicrotask|Promise|async|await)\b|Math\.random/;

  it.each(pure)('%s has no clock, no timer, no chance and nothing asynchronous', (_path, text) => {
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(impure.exec(code)?.[0]).toBeUndefined();
  });
});

describe('files', () => {
  const all = sources('patterns', 'harness', 'bench', 'test');

  it.each(all)('%s is small, has no default export, and says what it is for', (path, text) => {
    expect(text.split('\n').length).toBeLessThanOrEqual(path.startsWith('test') ? 800 : 430);
    expect(text).not.toMatch(/^export default/m);
    expect(path).not.toMatch(/utils?\.ts$/);
  });
});
