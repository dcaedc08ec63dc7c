/** Reports as a browser shows them, of a campaign in virtual time. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conduct } from '../../harness/campaigns/campaign.ts';
import { createFolder } from '../../harness/campaigns/folder.ts';
import { planCampaign } from '../../harness/campaigns/plan.ts';
import { writePage } from '../../harness/report/page.ts';
import { run } from '../../harness/run.ts';
import { can } from '../needs.ts';
import { Browser, chromium } from './browser.ts';

const isPossible = can('chromium', 'to see reports as a browser shows them', () => chromium !== undefined);

describe.runIf(isPossible)('in a browser', () => {
  const runs = mkdtempSync(join(tmpdir(), 'privateer-page-'));
  const pages = { campaign: '', folder: join(runs, 'index.html'), run: '' };
  let browser: Browser;

  beforeAll(async () => {
    const plan = await planCampaign({
      command: 'privateer compare --repeat 2',
      asked: {},
      repeats: 2,
      contestants: ['freelance', 'majordomo', 'brokerless-req/as-published', 'brokerless-req/retry'],
      scenarios: ['none', 'kill-and-restart', 'pause-and-resume', 'broker-kill'],
      changes: { seed: 1, load: { ratePerSec: 100, durationMs: 2500 } },
      patternFolders: [],
    });
    const folder = createFolder(runs, plan);
    const result = await conduct(folder, plan, {
      runner: (scenario, options) => run(scenario, { ...options, world: 'simulated' }),
    });
    // It loses what a killed server held, so its page has a transaction that went wrong.
    const lossy = result.cells.find(({ counts }) => counts.lost.total > 0)!;
    pages.run = join(folder, lossy.runs.find(({ summary }) => summary.row.lost > 0)!.folder, 'index.html');
    pages.campaign = writePage(folder);
    writePage(runs);
    browser = await Browser.start(chromium!);
  }, 60_000);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    rmSync(runs, { recursive: true });
  });

  const views = [
    { width: 1200, scheme: 'light', media: 'screen', paper: 'rgb(255, 255, 255)' },
    { width: 1200, scheme: 'dark', media: 'screen', paper: 'rgb(13, 17, 23)' },
    { width: 400, scheme: 'light', media: 'screen', paper: 'rgb(255, 255, 255)' },
    { width: 400, scheme: 'dark', media: 'screen', paper: 'rgb(13, 17, 23)' },
    // A sheet lying down, less its margins.
    { width: 1032, scheme: 'dark', media: 'print', paper: 'rgb(255, 255, 255)' },
  ] as const;

  describe.each(['campaign', 'folder', 'run'] as const)('the page of a %s', (name) => {
    it.each(views)('$width wide, $scheme, on $media: asks for nothing, fits, and can be read', async (view) => {
      const { requests, complaints } = await browser.visit(pages[name], view);
      expect.soft(requests).toEqual([pathToFileURL(pages[name]).href]);
      expect.soft(complaints).toEqual([]);
      expect.soft(await browser.evaluate(excess)).toBeLessThanOrEqual(0);
      expect.soft(await browser.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(view.paper);
      expect.soft(await browser.evaluate(tooFaint)).toEqual([]);
      expect.soft(await browser.evaluate(colliding)).toEqual([]);
    });

    it('is the same to the byte when it is made again', () => {
      const before = readFileSync(pages[name], 'utf8');
      writePage(dirname(pages[name]));
      expect(readFileSync(pages[name], 'utf8') === before).toBe(true);
    });

    it('has its headings in order, a caption for each table, and words for each picture', async () => {
      await browser.visit(pages[name], { width: 1200 });
      const levels = await browser.evaluate<number[]>(
        "[...document.querySelectorAll('h1,h2,h3')].map((h) => +h.tagName[1])",
      );
      expect(levels[0]).toBe(1);
      expect(levels.filter((level) => level === 1)).toHaveLength(1);
      expect(levels.every((level, index) => index === 0 || level - levels[index - 1]! <= 1)).toBe(true);
      expect(await browser.evaluate("[...document.querySelectorAll('table')].filter((t) => !t.caption).length")).toBe(
        0,
      );
      expect(await browser.evaluate("document.querySelectorAll('figure').length")).toBeGreaterThanOrEqual(3);
      expect(
        await browser.evaluate(
          "[...document.querySelectorAll('figure')].filter((f) => !f.querySelector('svg > title') || !f.querySelector('svg > desc') || !f.querySelector('details').textContent).length",
        ),
      ).toBe(0);
      expect(
        await browser.evaluate("[...document.querySelectorAll('a')].filter((a) => !a.href.startsWith('file:')).length"),
      ).toBe(0);
    });
  });
});

/** How much wider the page is than what it is shown in. */
const excess = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

/** Words of pictures that lie on each other, or leave the picture. */
const colliding = `[...document.querySelectorAll('svg')].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll('text')].map((text) => ({ words: text.textContent, at: text.getBoundingClientRect() }));
  const out = texts.filter(({ at }) => at.left < frame.left - 1 || at.right > frame.right + 1 || at.bottom > frame.bottom + 1);
  const pairs = texts.flatMap((a, index) => texts.slice(index + 1).filter(({ at }) =>
    Math.min(a.at.right, at.right) - Math.max(a.at.left, at.left) > 1 && Math.min(a.at.bottom, at.bottom) - Math.max(a.at.top, at.top) > 3
  ).map((b) => a.words + ' / ' + b.words));
  return [...out.map(({ words }) => words + ' is cut'), ...pairs];
})`;

/** Words with less contrast to the page than WCAG 2.2 asks for (4.5, AA), each kind once. */
const tooFaint = `(() => {
  const light = (colour) => colour.match(/[0-9.]+/g).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const words = [...document.querySelectorAll('svg text, p, th, td, caption, figcaption, a, h1, h2, h3, summary, span')];
  const faint = words.map((one) => [one, light(getComputedStyle(one)[one.localName === 'text' ? 'fill' : 'color'])])
    .filter(([, ink]) => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5);
  return [...new Set(faint.map(([one]) => one.localName + ' ' + one.getAttribute('class')))];
})()`;
