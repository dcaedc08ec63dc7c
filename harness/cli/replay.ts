import { Command } from 'commander';
import { replay } from '../replay/replay.ts';
import { withRunOptions } from './options.ts';
import { type CommonOptions, print, printJson } from './terminal.ts';

export function replayCommand(): Command {
  const command = new Command('replay')
    .description('give what a recorded run’s machines were told to the machines once more, and compare what they do')
    .argument(
      '<run folder>',
      'a folder that `privateer run --record` left; a simulated run needs none, as its scenario alone repeats it',
    );
  return withRunOptions(command).action(replayAction);
}

async function replayAction(folder: string, options: CommonOptions): Promise<void> {
  const nodes = await replay(folder, options.patterns);
  const isSame = nodes.every(({ difference }) => difference === undefined);
  if (options.json) printJson({ same: isSame, nodes });
  else {
    for (const { node, lives, inputs, outputs, difference } of nodes) {
      const counts = `${lives} ${lives === 1 ? 'life' : 'lives'}, ${inputs} inputs, ${outputs} outputs`;
      print(`${node.padEnd(10)} ${counts}: ${difference ?? 'the same'}`);
    }
  }
  process.exitCode = isSame ? 0 : 1;
}
