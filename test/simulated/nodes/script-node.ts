/** The entry of a process that runs one node of a script after another over libzmq, and answers with its log. */
import { ZeromqDriver } from '../../../patterns/drivers/zeromq.ts';
import { ScriptMachine, type ScriptNode, type Sending } from './script-machine.ts';

export type ToNode =
  | { readonly tell: 'start'; readonly node: ScriptNode }
  | { readonly tell: 'send'; readonly sending: Sending }
  /** Its log is wanted. */
  | { readonly tell: 'log' }
  /** Blocks the event loop. */
  | { readonly tell: 'stall'; readonly forMs: number }
  /** Ends in good order. */
  | { readonly tell: 'stop' }
  /** Its script is over: whatever comes next is another node's. */
  | { readonly tell: 'reset' };

let driver: ZeromqDriver<ScriptMachine> | undefined;
process.on('disconnect', () => process.exit(0));
process.on('message', async (told: ToNode) => {
  switch (told.tell) {
    case 'start':
      driver = new ZeromqDriver((effects) => new ScriptMachine(told.node, effects), {}, 1);
      // What can't be bound is in the log.
      await driver.bound().catch(() => undefined);
      break;
    case 'send':
      driver!.input((machine) => machine.send(told.sending));
      break;
    case 'log':
      process.send!(driver!.machine.log);
      return;
    case 'stop':
      driver!.close(lingerMs);
      process.removeAllListeners('disconnect').disconnect();
      return;
    case 'reset':
      driver!.close();
  }
  process.send!('done');
  if (told.tell === 'stall') stall(told.forMs);
});

function stall(forMs: number): void {
  const until = performance.now() + forMs;
  while (performance.now() < until);
}

const lingerMs = 5000;
