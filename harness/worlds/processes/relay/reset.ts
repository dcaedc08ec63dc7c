import type { Socket } from 'node:net';

/** Ends a connection at once, with a RST where it is TCP's. A local socket knows no RST: it is closed, with what is unread. */
export function reset(socket: Socket): void {
  try {
    socket.resetAndDestroy();
  } catch {
    socket.destroy();
  }
}
