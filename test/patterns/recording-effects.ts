/** Effects that only remember: what a machine did, in order. */
import type {
  Effects,
  Frames,
  IncomingRequest,
  Note,
  Slot,
  SocketId,
  SocketSpec,
  Ticket,
  Token,
} from '../../patterns/machine.ts';
import { draw } from '../../patterns/parts/chance.ts';
import type { Settlement } from '../../patterns/transaction.ts';

export interface Sent {
  readonly socket: SocketId;
  readonly frames: Frames;
  readonly token: Token | undefined;
}

export class RecordingEffects implements Effects {
  readonly specs: SocketSpec[] = [];
  readonly closed = new Set<SocketId>();
  /** The endpoint that a socket connects to or binds: the last one, where there are several. */
  readonly endpointOf = new Map<SocketId, string>();
  /** All that a socket is connected to. */
  readonly connections = new Map<SocketId, Set<string>>();
  readonly sent: Sent[] = [];
  readonly settled: { readonly slot: Slot; readonly how: Settlement; readonly body: Uint8Array | undefined }[] = [];
  readonly parts: { readonly slot: Slot; readonly body: Uint8Array; readonly isFirst: boolean }[] = [];
  readonly executions: { readonly ticket: Ticket; readonly request: IncomingRequest }[] = [];
  readonly notes: Note[] = [];

  open(spec: SocketSpec): SocketId {
    return this.specs.push(spec) - 1;
  }

  connect(socket: SocketId, endpoint: string): void {
    this.endpointOf.set(socket, endpoint);
    const connected = this.connections.get(socket);
    if (connected === undefined) this.connections.set(socket, new Set([endpoint]));
    else connected.add(endpoint);
  }

  bind(socket: SocketId, endpoint: string): void {
    this.endpointOf.set(socket, endpoint);
  }

  close(socket: SocketId): void {
    this.closed.add(socket);
  }

  send(socket: SocketId, frames: Frames, token?: Token): void {
    this.sent.push({ socket, frames: frames.map((frame) => frame.slice()), token });
  }

  settle(slot: Slot, how: Settlement, body?: Uint8Array): void {
    this.settled.push({ slot, how, body: body?.slice() });
  }

  part(slot: Slot, body: Uint8Array, isFirst: boolean): void {
    this.parts.push({ slot, body: body.slice(), isFirst });
  }

  execute(ticket: Ticket, request: IncomingRequest): void {
    this.executions.push({ ticket, request: { ...request, body: request.body.slice() } });
  }

  draw(key: string): number {
    return draw(1, key);
  }

  note = (note: Note): void => {
    this.notes.push(note);
  };
}
