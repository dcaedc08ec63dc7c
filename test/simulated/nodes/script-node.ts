/** The entry of a process that runs one node of a script over libzmq, and answers with its log. */
import { ZeromqDriver } from '../../../patterns/drivers/zeromq.ts';
import { ScriptMachine, type ScriptNode, type Sending } from './script-machine.ts';

const node = JSON.parse(process.argv[2]!, (_key, value) =>
  value?.type === 'Buffer' ? Uint8Array.from(value.data) : value,
) as ScriptNode;
const driver = new ZeromqDriver((effects) => new ScriptMachine(node, effects), {}, 1);
process.on('disconnect', () => process.exit(0));
process.on('message', (sending: Sending | 'log') => {
  if (sending !== 'log') driver.input((machine) => machine.send(sending));
  process.send!(driver.machine.log);
});
await driver.bound();
process.send!('ready');
