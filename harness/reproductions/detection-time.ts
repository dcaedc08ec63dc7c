/** How soon it is known that a server is gone: at once where its connection ends, by its silence where it is frozen. */

import { freelance } from '../../patterns/freelance/pattern.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import { rarely } from '../report/words.ts';
import { conclusiveRun } from './parts/conclusive-run.ts';
import type { Reproduction, ReproductionOptions } from './reproduction.ts';

export const detectionTime: Reproduction = {
  name: 'detection-time',
  about: 'a kill is noticed within 50 ms, a freeze within the heartbeat’s interval and timeout, and a fifth more',
  claim: '“nice to know when distributed processes go down”',
  source: 'A. Cholakian, on the design goals of DripDrop',
  async reproduce(options) {
    const { heartbeatIntervalMs, heartbeatTimeoutMs } = withDefaults(freelance.settings, {});
    const freezeMs = (heartbeatIntervalMs + heartbeatTimeoutMs) * 1.2;
    const faults = options.quick ? 1 : 10;
    const kills = await detect('kill', faults, options);
    const freezes = await detect('pause', faults, options);
    const checks = [within('kill', kills.detectedMs, killMs), within('pause', freezes.detectedMs, freezeMs)].map(
      (check) => ({ ...check, what: `${check.what}, the latest of ${faults}` }),
    );
    const lost = kills.lost + freezes.lost;
    checks.push({
      what: 'faults that left a caller without an answer',
      expected: '0',
      measured: lost === 0 ? rarely(0, 2 * faults, 'fault') : `some: ${lost} callers`,
      holds: lost === 0,
    });
    return { checks, figures: { faults, kills, freezes, killBoundMs: killMs, freezeBoundMs: freezeMs } };
  },
};

/** Faults one after the other, each at no fixed phase of the heartbeats. */
async function detect(fault: 'kill' | 'pause', faults: number, options: ReproductionOptions) {
  options.onPhase(`freelance: ${faults} times ${fault}`);
  const everyMs = fault === 'kill' ? 800 : 2400;
  const { row } = await conclusiveRun(
    {
      name: 'detection-time',
      pattern: 'freelance',
      load: { model: 'closed', window: 12, durationMs: firstMs + faults * everyMs, timeoutMs: 5000 },
      restart: 'after:200',
      faults: Array.from({ length: faults }, (_, turn) => ({
        fault,
        target: 'server' as const,
        atMs: firstMs + turn * everyMs,
        jitterMs: 100,
        durationMs: fault === 'kill' ? 200 : 1200,
      })),
    },
    options,
  );
  return { detectedMs: row.detectedMs, failoverMs: row.failoverMs, lost: row.unknown + row.refused };
}

function within(fault: string, detectedMs: number | null, boundMs: number) {
  return {
    what: `noticed after a ${fault}`,
    expected: `within ${boundMs} ms`,
    measured: detectedMs === null ? 'never' : `${detectedMs.toFixed(1)} ms`,
    holds: detectedMs !== null && detectedMs <= boundMs,
  };
}

const firstMs = 500;
const killMs = 50;
