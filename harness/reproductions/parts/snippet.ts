/**
 * The article's snippet, taken literally: sockets of zeromq.js as it comes, because what is shown is what they make of it.
 *
 *     socket.setsockopt(zmq.HWM, 1); socket.connect('http://…') …; socket.send('a message for you') three times over
 */
import * as zmq from 'zeromq';

export interface Snippet {
  /** What the high-water mark as one option, as libzmq 2 had it, is answered with. */
  readonly highWaterMark: string;
  readonly http: string;
  /** What the second send before a reply is answered with. */
  readonly secondSend: string;
}

export async function snippet(endpoint: string): Promise<Snippet> {
  const socket = new zmq.Request({ sendTimeout: 0, linger: 0 });
  try {
    const raw = socket as unknown as { setInt32Option(option: number, value: number): void };
    const highWaterMark = await codeOf(() => raw.setInt32Option(zmqHwm, 1));
    const http = await codeOf(() => socket.connect('http://127.0.0.1:5555'));
    socket.connect(endpoint);
    const firstSend = await codeOf(() => socket.send('a message for you'));
    if (firstSend !== 'accepted') throw new Error(`the first send was answered with ${firstSend}`);
    const secondSend = await codeOf(() => socket.send('a message for you'));
    return { highWaterMark, http, secondSend };
  } finally {
    socket.close();
  }
}

async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act();
    return 'accepted';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** ZMQ_HWM, until libzmq 3.0 split it in two. */
const zmqHwm = 1;
