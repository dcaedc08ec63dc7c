import type { Effects, ServerMachine } from '../machine.ts';
import { RouterServer } from '../parts/router-server.ts';
import type { ServerSetup } from '../pattern.ts';
import type { brokerlessReqSettings } from './settings.ts';
import { readAsRep } from './wire.ts';

/** A ROUTER where the article has a REP, so that `concurrency` may be above one; on the wire the two are the same. */
export function brokerlessReqServer(setup: ServerSetup<typeof brokerlessReqSettings>, effects: Effects): ServerMachine {
  return new RouterServer(setup, setup.settings, effects, readAsRep);
}
