/**
 * How long things take on one machine's loopback, in microseconds: the least, and what chance adds to it. Of processes
 * that serve a few hundred requests a second, as in the harness's scenarios; a campaign of the simulator cares for their
 * order more than for their size. RESULTS.md holds what comes of them against the real world's.
 */
import type { Micros } from '../../../patterns/machine.ts';

export type Range = readonly [least: Micros, spread: Micros];

/** From a socket's pipe into the kernel: what an I/O thread needs to notice a message. */
export const departure: Range = [5, 30];
/** This share it takes as it is written: with a mark of one, a turn's second message finds room as often. */
export const departureAtOnceShare = 0.25;
/**
 * From one process's kernel buffer into the other process's pipe. Between two that are kept busy it is a fifth of this;
 * whoever has slept since the last message has to be woken first: 0.2 to 0.7 ms from one line of a history to the next.
 */
export const passage: Range = [200, 500];
/** From a connection attempt until the handshake is done on both sides. */
export const handshake: Range = [150, 450];
/**
 * How far apart they are of those that called one listener at one moment: twelve sockets that each called three servers had
 * them in the same order, but for one in ten.
 */
export const handshakesApart: Range = [0, 40];
/**
 * What a handshake takes longer through a proxy that opens a connection of its own for it, besides what each of its messages
 * does: one alone was measured to take 1.9 ms in all.
 */
export const opening: Range = [450, 600];
/** For so long the proxy does nothing else: of 36 at one time each was half a millisecond later than the one before. */
export const openingBusy: Micros = 450;
/** What a proxy takes for each connection that it has an order about: with twelve it had obeyed a millisecond later than with one. */
export const obeying: Micros = 100;
/** From a socket's end until its peer is told that the connection is gone. */
export const farewellTime: Range = [400, 500];
/** The same, from a process's: the kernel takes its memory down before its files are closed. */
export const deathTime: Range = [4_000, 3_000];
/** libzmq may not see a pipe that has just been attached: one send in five comes back for up to so long. */
export const attachLag: Micros = 1_000;
export const attachLagShare = 0.2;
/** From the start of a process until it is ready: an interpreter starts, modules load, a socket binds. */
export const boot: Range = [200_000, 100_000];
/** How long a process runs on average until a machine that holds processes up does so again. */
export const holdUpEvery: Micros = 100_000;
/** What one turn of an event loop costs. */
export const turn: Micros = 15;
/** What reading a request keeps a server's thread from the next for, besides: of a backlog each was read 34 to 70 µs after the one before. */
export const reading: Micros = 30;
/** What a request costs a server's thread before its handler's own time: reading it, its ledger's lines: of that its own handler waits, and nothing else. */
export const handling: Range = [50, 150];
/** What it costs after that, from its effect until its answer has been sent: executed, and not yet answered. */
export const answering: Range = [100, 100];
/** A timer fires in a whole millisecond, and some time after it. */
export const timerLag: Range = [20, 400];
/** From SIGCONT until the first thing that was waiting is looked at; and between one connection's backlog and the next. */
export const thaw: Range = [20, 200];

/** From SIGCONT until the one thread that runs JavaScript goes on. */
export const threadWake: Range = [0, 400];
/** What comes before that in the real world: the call itself, and memory that has gone cold. 0.8 ms in all until a ledger's next line. */
export const continuing: Range = [300, 600];
/** How late a timer of whoever conducts a run is: cures were written down up to a millisecond after their time. */
export const conductorLag: Range = [0, 1_000];

export function within([least, spread]: Range, chance: number): Micros {
  return least + Math.floor(spread * chance);
}

/** Of what has no memory: mostly short, now and then several times as long as on average. */
export function exponential(average: Micros, chance: number): Micros {
  return Math.round(-Math.log(1 - chance) * average);
}

/**
 * What the kernel's buffers of both ends take for a peer that does not read: 3964 messages of 64 bytes, 3776 of 1 KiB
 * and 50 of 100 kB were measured, so a small message costs as much as a kibibyte.
 */
export const kernelBytes = 4_000_000;
export const messageCostMin = 1_024;
/** libzmq's own default, in messages. */
export const highWaterMarkDefault = 1000;
/** libzmq's own default for the wait between two attempts to connect, in milliseconds. */
export const reconnectMsDefault = 100;
