/** 23/ZMTP 3.0 by hand: what a DEALER says first, with no security. */

/** A greeting with the mechanism NULL. */
export const greeting: Buffer = Buffer.alloc(64);
greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
greeting.write('NULL', 12, 'latin1');

const ready = Buffer.from('\u0005READY\u000bSocket-Type\u0000\u0000\u0000\u0006DEALER', 'latin1');

/** The greeting, and the command READY. */
export const handshake: Buffer = Buffer.concat([greeting, Buffer.of(4, ready.length), ready]);
