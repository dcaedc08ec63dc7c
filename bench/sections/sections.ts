/** Every section, in the order of the page. */
import { campaign, library } from './campaign.ts';
import { clients } from './clients.ts';
import { compare } from './compare.ts';
import { curve } from './curve.ts';
import { deadEndpoint } from './dead-endpoint.ts';
import { failover } from './failover.ts';
import { kills } from './kills.ts';
import { layers } from './layers.ts';
import { load } from './load.ts';
import { memory } from './memory.ts';
import { payload } from './payload.ts';
import { peers } from './peers.ts';
import type { Section } from './section.ts';
import { servers } from './servers.ts';
import { suspicion } from './suspicion.ts';
import { throughput } from './throughput.ts';
import { twoWorlds } from './two-worlds.ts';
import { workers } from './workers.ts';

export const sections: readonly Section[] = [
  compare,
  campaign,
  library,
  twoWorlds,
  deadEndpoint,
  kills,
  failover,
  suspicion,
  peers,
  throughput,
  load,
  payload,
  clients,
  servers,
  workers,
  memory,
  curve,
  layers,
];

export function sectionOf(name: string): Section {
  const section = sections.find((one) => one.name === name);
  if (section === undefined) throw new RangeError(`there is no section ${name}`);
  return section;
}
