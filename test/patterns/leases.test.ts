import { describe, expect, it } from 'vitest';
import { emptyEnvelope } from '../../patterns/parts/envelope.ts';
import { Leases } from '../../patterns/parts/leases.ts';
import { StallWatch } from '../../patterns/parts/stall-watch.ts';

const incarnation = 77;
const bring = (epoch: number, leaseUntil: number, of = incarnation) => ({
  ...emptyEnvelope(),
  epoch,
  leaseUntil,
  incarnation: of,
});

describe('a session’s lease', () => {
  it('a heartbeat extends every attempt of its epoch, and never shortens it', () => {
    const leases = new Leases(incarnation);
    const attempt = leases.of(0, 'client', bring(1, 500))!;
    expect(attempt.until).toBe(500);
    leases.of(100, 'client', bring(1, 600));
    leases.of(100, 'client', bring(1, 300));
    expect(attempt.until).toBe(600);
  });

  it('sessions that claim to live for ever do not gather for ever', () => {
    const leases = new Leases(incarnation);
    for (let i = 0; i < 200_000; i++) leases.of(i, `stranger ${i}`, bring(1, 2 ** 48 - 1));
    expect(leases.size).toBeLessThanOrEqual(65_536);
    expect(leases.of(300_000, 'client', bring(1, 300_500))!.until).toBe(300_500);
  });

  it('a new epoch leaves the attempts of the old one to lapse, and those that still come are lapsed already', () => {
    const leases = new Leases(incarnation);
    const before = leases.of(0, 'client', bring(1, 500))!;
    const after = leases.of(600, 'client', bring(2, 1100))!;
    expect([before.until, after.until]).toEqual([500, 1100]);
    expect(leases.of(600, 'client', bring(1, 9999))!.until).toBe(Number.NEGATIVE_INFINITY);
    expect(before.until).toBe(500);
  });

  it('what was granted to another life of the server is worth nothing', () => {
    expect(new Leases(incarnation).of(0, 'client', bring(1, 500, 76))!.until).toBe(Number.NEGATIVE_INFINITY);
  });

  it('one session’s heartbeats do nothing for another', () => {
    const leases = new Leases(incarnation);
    const one = leases.of(0, 'one', bring(1, 500))!;
    leases.of(0, 'other', bring(1, 900));
    expect(one.until).toBe(500);
  });

  it('a client that can’t know its server has a fixed time from the arrival, and one without leases has none', () => {
    const leases = new Leases(incarnation);
    expect(leases.of(1000, 'req', bring(0, 450, 0))).toEqual({ epoch: 0, until: 1450, isFixed: true });
    expect(leases.of(1000, 'req', bring(0, 0, 0))).toBeUndefined();
  });

  it('storms of sessions are forgotten once their leases are over', () => {
    const leases = new Leases(incarnation);
    for (let n = 0; n < 100_000; n++) leases.of(n, `client ${n}`, bring(1, n + 10));
    expect(leases.size).toBeLessThan(2048);
  });
});

describe('a stall', () => {
  it('what is read right after it may have arrived when it began; later on, things arrive when they are read', () => {
    const watch = new StallWatch();
    for (let now = 0; now <= 200_000; now += 50_000) watch.look(now);
    expect(watch.arrival(200_000)).toBe(200_000);
    watch.look(1_200_000);
    expect(watch.arrival(1_210_000)).toBe(200_000);
    expect(watch.hasStalledSince(190_000)).toBe(true);
    for (let now = 1_250_000; now <= 1_400_000; now += 50_000) watch.look(now);
    expect(watch.arrival(1_400_000)).toBe(1_400_000);
    expect(watch.hasStalledSince(1_300_000)).toBe(false);
  });

  it('where leases count from arrivals, what gathered may come as slowly as it gathered, for half a second at most', () => {
    const watch = new StallWatch();
    watch.look(0);
    watch.look(2_000_000);
    watch.expect(700_000);
    expect([2_499_000, 2_501_000].map((now) => watch.arrival(now))).toEqual([0, 2_501_000]);
    for (let now = 2_100_000; now <= 3_000_000; now += 100_000) watch.look(now);
    watch.look(3_300_000);
    expect([3_599_000, 3_601_000].map((now) => watch.arrival(now))).toEqual([3_000_000, 3_601_000]);
  });

  it('one that stands still again before it has read what gathered takes that for as old as it is', () => {
    const watch = new StallWatch();
    watch.look(0);
    watch.expect(350_000);
    watch.look(2_000_000);
    watch.look(2_050_000);
    watch.look(2_250_000);
    expect([2_260_000, 2_699_000, 2_701_000].map((now) => watch.arrival(now))).toEqual([0, 0, 2_701_000]);
    expect(watch.hasStalledSince(2_100_000)).toBe(true);
  });

  it('a short lease makes for a sharp eye: a freeze of a third of it is noticed', () => {
    const watch = new StallWatch();
    watch.look(0);
    watch.expect(30_000);
    expect(watch.deadline).toBeLessThanOrEqual(4_000);
    watch.look(10_001);
    expect(watch.arrival(10_001)).toBe(0);
  });

  it('the first short lease has what was read just before it looked at anew', () => {
    const watch = new StallWatch();
    watch.look(0);
    watch.look(60_000);
    watch.look(60_100);
    expect(watch.arrival(60_100)).toBe(60_100);
    watch.expect(30_000);
    expect(watch.arrival(60_100)).toBe(0);
  });

  it('a process that has only just started has not stalled', () => {
    const watch = new StallWatch();
    watch.look(9_000_000);
    expect(watch.arrival(9_000_000)).toBe(9_000_000);
    expect(watch.deadline).toBe(9_050_000);
  });
});
