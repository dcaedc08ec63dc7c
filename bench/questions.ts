/** Every question, in the order in which they are asked. */
import { clients } from './clients.ts';
import { curve } from './curve.ts';
import { failover } from './failover.ts';
import { kills } from './kills.ts';
import { layers } from './layers.ts';
import { load } from './load.ts';
import { memory } from './memory.ts';
import { payload } from './payload.ts';
import { peers } from './peers.ts';
import type { Question } from './question.ts';
import { servers } from './servers.ts';
import { suspicion } from './suspicion.ts';
import { throughput } from './throughput.ts';
import { twoWorlds } from './two-worlds.ts';
import { workers } from './workers.ts';

export const questions: readonly Question[] = [
  peers,
  throughput,
  payload,
  clients,
  servers,
  workers,
  load,
  memory,
  curve,
  layers,
  kills,
  failover,
  suspicion,
  twoWorlds,
];
