/** Each setting of each pattern is checked where it is given, at the beginning: before any socket opens. */
import { describe, expect, test } from 'vitest';
import { connect, MisuseError, type Pattern, serve, start } from '../../patterns/index.ts';
import {
  allowed,
  type NumberSetting,
  type Setting,
  type Settings,
  withDefaults,
} from '../../patterns/parts/settings.ts';
import { failureOf } from '../contract/world.ts';
import { patterns } from './all-patterns.ts';

const all = patterns.flatMap((pattern) =>
  Object.entries(pattern.settings as Settings).map(([name, setting]) => ({
    title: `${pattern.name} ${name}`,
    pattern: pattern as Pattern,
    name,
    setting,
  })),
);

const endpoint = 'tcp://127.0.0.1:9';
const roles = {
  client: (pattern: Pattern, given: object) => connect(pattern, { endpoints: endpoint, ...given }),
  server: (pattern: Pattern, given: object) => {
    const where = pattern.topology === 'servers' ? { bind: endpoint } : { connect: endpoint };
    return serve(pattern, { ...where, ...given }, (request) => request);
  },
  broker: (pattern: Pattern, given: object) => start(pattern, 'broker', { bind: endpoint, ...given }),
};

describe.each(all)('$title', ({ pattern, name, setting }) => {
  const takers = Object.entries(roles).filter(([role]) => role !== 'broker' || pattern.broker !== undefined);

  test.each(wrong(setting))('%s is misuse in every role, and says what is allowed', async (_, value) => {
    for (const [, begin] of takers) {
      const told = await failureOf(begin(pattern, { [name]: value }));
      expect(told).toBeInstanceOf(MisuseError);
      expect(told).toMatchObject({ setting: name, message: expect.stringContaining(allowed(setting)) });
    }
  });

  test('its default, its least and its most are allowed', () => {
    for (const value of right(setting)) {
      expect(withDefaults<Settings>(pattern.settings, { ...fellows(pattern, name), [name]: value })[name]).toBe(value);
    }
    expect(withDefaults<Settings>(pattern.settings, {})[name]).toBe(setting.default);
  });

  test('says what it is, and in which unit', () => {
    expect(setting.about.length).toBeGreaterThan(10);
    if (setting.kind === 'number') expect(name.endsWith('Ms')).toBe(setting.unit === 'ms');
    if (setting.kind === 'number') expect(name.includes('Bytes')).toBe(setting.unit === 'bytes');
  });
});

/** What stands in the way of no value of that setting: the least of the one that it has to exceed, the most of the one that exceeds it. */
function fellows({ settings }: Pattern, name: string): Readonly<Record<string, number>> {
  const given: Record<string, number> = {};
  for (const [other, setting] of Object.entries(settings)) {
    if (setting.kind !== 'number' || setting.above === undefined) continue;
    if (setting.above === name) given[other] = setting.max;
    if (other === name) given[setting.above] = (settings[setting.above] as NumberSetting).min;
  }
  return given;
}

function right(setting: Setting): readonly unknown[] {
  if (setting.kind === 'switch') return [true, false];
  if (setting.kind === 'choice') return setting.options;
  return [setting.default, setting.min, setting.max];
}

function wrong(setting: Setting): [string, unknown][] {
  const common: [string, unknown][] = [
    ['null', null],
    ['an object', {}],
    ['a list', [1]],
    ['not a number', Number.NaN],
    ['an empty text', ''],
  ];
  if (setting.kind === 'switch') return [...common, ['one', 1], ['a text', 'true']];
  if (setting.kind === 'choice') return [...common, ['a word that is none of its own', 'no-such'], ['true', true]];
  return [
    ...common,
    ['one less than its least', setting.min - 1],
    ['one more than its most', setting.max + 1],
    ['a fraction', setting.min + 0.5],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a number as text', String(setting.default)],
    ['true', true],
    ['a large integer', BigInt(setting.default)],
  ];
}
