/** Endpoints as we take them: `tcp://host:port` and `ipc://path`. */
import { MisuseError } from '../transaction.ts';

/** @throws {MisuseError} naming the setting, for anything that is not such an endpoint. */
export function checkEndpoint(setting: string, given: unknown): string {
  const fits = typeof given === 'string' && (isTcp(given) || isIpc(given));
  if (!fits) throw new MisuseError(setting, given, 'an endpoint is tcp://host:port or ipc://path');
  if (setting !== 'bind' && given.startsWith('tcp://*')) {
    throw new MisuseError(setting, given, 'only "bind" takes every interface');
  }
  return given as string;
}

export function checkEndpoints(setting: string, given: unknown): readonly string[] {
  const list = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(list) || list.length === 0) {
    throw new MisuseError(setting, given, 'it takes one endpoint or a list of them');
  }
  const endpoints = list.map((endpoint) => checkEndpoint(setting, endpoint));
  if (new Set(endpoints).size !== endpoints.length) {
    throw new MisuseError(setting, given, 'each endpoint may stand in it once');
  }
  return endpoints;
}

/** An endpoint that is a routing id too, and so has its limits. */
export function checkAdvertised(given: unknown): string {
  const endpoint = checkEndpoint('advertise', given);
  if (new TextEncoder().encode(endpoint).length > routingIdBytesMax) {
    throw new MisuseError('advertise', given, `it may have ${routingIdBytesMax} bytes`);
  }
  return endpoint;
}

/** The endpoints of a role that takes them under one name: under the other they are a misuse. */
export function endpointsUnder(
  wanted: 'bind' | 'connect' | 'endpoints',
  unwanted: 'bind' | 'connect' | 'endpoints',
  given: { readonly bind?: unknown; readonly connect?: unknown; readonly endpoints?: unknown },
  who: string,
): readonly string[] {
  if (given[unwanted] !== undefined) throw new MisuseError(unwanted, given[unwanted], `${who} takes "${wanted}"`);
  return checkEndpoints(wanted, given[wanted]);
}

/** A client that listens does so at as many endpoints as a setting says. */
export function checkBinds(
  bind: readonly string[],
  setting: string | undefined,
  values: Readonly<Record<string, unknown>>,
): readonly string[] {
  if (setting === undefined) return bind;
  if (bind.length === values[setting]) return bind;
  throw new MisuseError('bind', bind, `it takes as many endpoints as "${setting}", which is ${values[setting]}`);
}

/** The path must fit into a `sockaddr_un`: 107 bytes on Linux, 103 on macOS. */
function isIpc(endpoint: string): boolean {
  return /^ipc:\/\/.+$/.test(endpoint) && new TextEncoder().encode(endpoint).length - 'ipc://'.length <= 103;
}

function isTcp(endpoint: string): boolean {
  const port = /^tcp:\/\/(?:\[[^\]]+\]|[^:/\s]+):(\d{1,5})$/.exec(endpoint)?.[1];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65535;
}

/** What libzmq allows a routing id. */
const routingIdBytesMax = 255;
