/** Handlers that key their effects by the transaction: what comes twice has its effect once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { collectEvidence } from '../../harness/evidence.ts';
import type { LedgerLine } from '../../harness/history.ts';
import { run } from '../../harness/run.ts';
import { parseScenario } from '../../harness/scenario.ts';

const runsFolder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(runsFolder, { recursive: true }));
const canaries = fileURLToPath(new URL('../canaries', import.meta.url));

it.each([
  [false, 0],
  [true, 1],
])('a pattern that executes some twice, with idempotent %s', async (idempotent, repeats) => {
  const scenario = parseScenario({
    name: 'repeats',
    pattern: 'repeats',
    seed: 1,
    load: { durationMs: 1000 },
    handler: { idempotent },
  });
  const { id, row } = await run(scenario, { runsFolder, patternFolders: [canaries], world: 'simulated' });
  const lines = [...collectEvidence(join(runsFolder, id)).ledgers.values()].flatMap(
    (ledger) => ledger as readonly LedgerLine[],
  );
  const repeated = lines.filter(({ kind }) => kind === 'repeated').length;
  expect(row.cells.ONCE + row.duplicated).toBe(row.due);
  expect([row.duplicated > 0, repeated > 0]).toEqual([repeats === 0, repeats === 1]);
});
