import type { Effects, ServerMachine } from '../machine.ts';
import { RouterServer } from '../parts/router-server.ts';
import type { ServerSetup } from '../pattern.ts';
import type { freelanceSettings } from './settings.ts';
import { readAtServer } from './wire.ts';

/** Freelance's server: answers heartbeats from its own event loop, so that a stalled one is found out. */
export function freelanceServer(setup: ServerSetup<typeof freelanceSettings>, effects: Effects): ServerMachine {
  return new RouterServer(setup, setup.settings, effects, readAtServer);
}
