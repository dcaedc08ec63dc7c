/** One run in one picture: the finding, the nodes' lives, every transaction, and what got done in time. */
import type { Evidence, Judgement } from '../verdict.ts';
import { bands, bracket } from './bands.ts';
import { figures, finding } from './finding.ts';
import { framed, left, type Section, width } from './frame.ts';
import { lag } from './lag.ts';
import { lanes } from './lanes.ts';
import { axis, legend } from './legend.ts';
import type { Picture } from './picture.ts';
import { rug } from './rug.ts';
import { scatter } from './scatter.ts';
import { share } from './share.ts';
import { balanced, element, label, wrapped } from './svg.ts';

export function timeline(judgement: Judgement, evidence: Evidence): Picture {
  const frame = framed(judgement, evidence);
  const faults = bands(frame);
  const generator = lag(frame);
  const top = stacked({
    heading: heading(judgement, evidence),
    faults: faults.labels,
    lanes: lanes(frame),
    bracket: bracket(frame),
    scatter: scatter(frame),
    share: share(frame),
    rug: rug(frame),
    axis: axis(frame),
    legend: legend(frame, generator.any),
  });
  return {
    title: finding(judgement, evidence.scenario),
    description: figures(judgement),
    width,
    height: top.end,
    body: [
      hatch,
      faults.behind(top.of.faults, top.of.axis),
      generator.draw(top.of.scatter, top.of.share),
      top.drawn,
      generator.draw(top.of.share, top.of.rug),
    ].join(''),
  };
}

/** Puts rows one below the other, in the order given. */
function stacked<Name extends string>(rows: Record<Name, Section>) {
  const of = {} as Record<Name, number>;
  let end = 0;
  let drawn = '';
  for (const [name, section] of Object.entries<Section>(rows)) {
    of[name as Name] = end;
    drawn += section.draw(end);
    end += section.height;
  }
  return { of, end, drawn };
}

const hatch = element(
  'defs',
  {},
  element(
    'pattern',
    { id: 'lag', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    element('path', { d: 'M0 0V6', class: 'hatch' }),
  ),
);

/** The finding as the title; below it the doubts, if any, and the figures. */
function heading(judgement: Judgement, { scenario }: Evidence): Section {
  const room = width - left - 24;
  const { conclusive, doubts } = judgement.verdict;
  const doubt = conclusive ? '' : `INCONCLUSIVE: ${doubts.join('; ') || 'no reason given'}`;
  const lines: [words: string, look: string, pitch: number][] = [
    ...balanced(finding(judgement, scenario), room, 19, true).map(
      (words) => [words, 'title', 25] as [string, string, number],
    ),
    ...(conclusive
      ? []
      : wrapped(doubt, room, 14, true).map((words) => [words, 'doubt', 20] as [string, string, number])),
    ...wrapped(figures(judgement), room, 14).map((words) => [words, 'figures', 22] as [string, string, number]),
  ];
  const draw = (top: number) => {
    let y = top + 9;
    return lines.map(([words, look, pitch]) => label(left, (y += pitch), words, look)).join('');
  };
  return { height: lines.reduce((sum, [, , pitch]) => sum + pitch, 0) + 28, draw };
}
