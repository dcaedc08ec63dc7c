import { Command } from 'commander';
import { writePage } from '../report/page.ts';
import { print } from './terminal.ts';

export function reportCommand(): Command {
  return new Command('report')
    .description('draw a run, a campaign, or all runs of a folder, on one page')
    .argument('<folder>', 'one that a run or a campaign left, or any with runs’ folders in it')
    .action((folder: string) => print(writePage(folder)));
}
