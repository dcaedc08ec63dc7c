import { Command } from 'commander';
import { writePage } from '../report/page.ts';
import { print } from './terminal.ts';

export function reportCommand(): Command {
  return new Command('report')
    .description('draw a run, or all runs of a folder, on one page')
    .argument('<folder>', 'one that a run left, or one with such folders in it')
    .action((folder: string) => print(writePage(folder)));
}
