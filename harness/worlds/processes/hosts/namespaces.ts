/** Network namespaces of Linux by name: whose they are stands in it, so that a dead harness's can be told and removed. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** All that one world of a process, or any of its worlds, names begins with it. */
export function namesOf(world: number | 'any', pid: number = process.pid): string {
  return `${mark}${pid}-${world === 'any' ? '' : `${world}-`}`;
}

/** Those there are, of whatever harness, with such a beginning. */
export function namespaces(beginning: string = mark): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.startsWith(beginning));
}

/** With the links between them and the rules in them. What still runs there keeps running, and its host goes with it. */
export function removeNamespaces(names: readonly string[]): void {
  for (const name of names) {
    try {
      execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
    } catch (error) {
      // Somebody else was faster.
      if (existsSync(join(folder, name))) throw error;
    }
  }
}

/** Those whose harness is no more: it was killed, and its reaper too. */
export function orphans(): string[] {
  return namespaces().filter((name) => !isAlive(Number(name.slice(mark.length).split('-')[0])));
}

/** @throws {Error} with what `ip` said. */
export function ip(args: readonly string[], input = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile('ip', args, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`ip ${args.join(' ')}: ${stderr.trim().split('\n')[0] || error.message}`));
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** For `fork`: `ip` becomes what it is told to run, the same process, there. */
export function runIn(namespace: string): { execPath: string; execArgv: string[] } {
  return { execPath: 'ip', execArgv: ['netns', 'exec', namespace, process.execPath, ...process.execArgv] };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const mark = 'privateer-';
const folder = '/run/netns';
