/** The entry of a process that runs one scenario by what was built in a folder, and prints what broke. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, path] = process.argv.slice(2) as [string, string];
const built = (module: string) => import(pathToFileURL(join(folder, 'dist/harness', module)).href);
const { findFaults, findPatterns } = (await built('registry.js')) as typeof import('../../../harness/registry.ts');
const { parseScenario } = (await built('scenario.js')) as typeof import('../../../harness/scenario.ts');
const { attempt } = (await built('simulate/trial.js')) as typeof import('../../../harness/simulate/trial.ts');
const scenario = parseScenario(JSON.parse(readFileSync(path, 'utf8')));
const { pattern } = (await findPatterns()).get(scenario.pattern)!;
const { violations, judgement } = await attempt(scenario, pattern, await findFaults('simulated'));
const { due, committed } = judgement.verdict;
process.stdout.write(JSON.stringify({ violations, due, committed }));
