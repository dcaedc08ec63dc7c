import { Command } from 'commander';
import { verify } from '../verify.ts';
import { withRunOptions } from './options.ts';
import { type CommonOptions, print, printJson } from './terminal.ts';

export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('judge a run again from its raw files, and say whether its summary is true')
    .argument('<run folder>', 'a folder that a run left');
  return withRunOptions(command).action(verifyAction);
}

async function verifyAction(folder: string, options: CommonOptions): Promise<void> {
  const result = await verify(folder, options.patterns);
  if (options.json) printJson(result);
  else if (result.true) print('the summary is true');
  else
    for (const { field, said, found } of result.differences)
      print(`${field}: the summary says ${said}, the files say ${found}`);
  process.exitCode = result.true ? 0 : 1;
}
