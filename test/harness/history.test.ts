import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LedgerLine, LineWriter, readLines } from '../../harness/history.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'privateer-history-'));
  path = join(folder, 'server-1.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const received = (id: string): LedgerLine => ({ kind: 'received', id, attempt: 1, at: 5 });

describe('files of lines', () => {
  it('lines that were written are read back in their order', () => {
    const writer = new LineWriter<LedgerLine>(path);
    writer.write(received('load:1'));
    writer.write(received('load:2'));
    writer.close();
    expect(readLines(path)).toEqual([received('load:1'), received('load:2')]);
  });

  it('a line is in the file as soon as it was written, without a close', () => {
    const writer = new LineWriter<LedgerLine>(path);
    writer.write(received('load:1'));
    expect(readFileSync(path, 'utf8')).toBe('{"kind":"received","id":"load:1","attempt":1,"at":5}\n');
    writer.close();
  });

  it('a second life of a server adds to what the first wrote', () => {
    for (const id of ['load:1', 'load:2']) {
      const writer = new LineWriter<LedgerLine>(path);
      writer.write(received(id));
      writer.close();
    }
    expect(readLines<LedgerLine>(path).map(({ id }) => id)).toEqual(['load:1', 'load:2']);
  });

  it('a last line that a death tore is left out', () => {
    writeFileSync(path, `${JSON.stringify(received('load:1'))}\n{"kind":"recei`);
    expect(readLines(path)).toEqual([received('load:1')]);
  });

  it('a last line without its end is left out even where it reads as JSON', () => {
    writeFileSync(path, '{"at":1}\n{"at":2}');
    expect(readLines(path)).toEqual([{ at: 1 }]);
  });

  it('a broken line in the middle makes the file unreadable, by its name and the number of the line', () => {
    writeFileSync(path, '{"at":1}\n');
    appendFileSync(path, '{"at":\n{"at":3}\n');
    expect(() => readLines(path)).toThrow(`${path}, line 2, is not JSON`);
  });

  it('an empty file has no lines', () => {
    writeFileSync(path, '');
    expect(readLines(path)).toEqual([]);
  });
});
