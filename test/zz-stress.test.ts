import { test } from 'vitest';
import { brokerlessReq } from '/work/main/patterns/brokerless-req/pattern.ts';
import { freelance } from '/work/main/patterns/freelance/pattern.ts';
import { majordomo } from '/work/main/patterns/majordomo/pattern.ts';
import { World, Gate, bytes } from '/work/main/test/contract/world.ts';
for (const [p, v] of [[brokerlessReq,'as-published'],[brokerlessReq,'immediate'],[brokerlessReq,'retry'],[freelance,'default'],[majordomo,'default']] as any)
test(`${p.name}/${v}`, async () => {
  let lost = 0; const codes: any = {}; const log: string[] = [];
  for (let i = 0; i < 150; i++) {
    const world = await World.open(p, v);
    const gate = new Gate();
    const notes: any[] = [];
    const server = await world.server(gate.handler);
    const client = await world.readyClient({ trace: (n: any) => notes.push(n) });
    const reply = client.transact(bytes('begun'), { timeoutMs: 700, delivery: 'at-most-once' });
    await gate.until(1);
    const closed = server.close({ drainMs: 5000 });
    gate.open();
    await reply.catch((e) => { lost++; codes[e.code] = (codes[e.code] ?? 0) + 1; if (log.length<2) log.push(JSON.stringify(notes)); });
    await closed; await world.close();
  }
  console.log(p.name, v, 'lost', lost, JSON.stringify(codes), log);
}, 120000);
