import { describe, expect, expectTypeOf, test } from 'vitest';
import { MisuseError } from '../../patterns/index.ts';
import { checkClientId, checkService, checkWhole, variantOf } from '../../patterns/names.ts';
import { checkEndpoint, checkEndpoints } from '../../patterns/parts/endpoint.ts';
import { allowed, type Settings, type Values, withDefaults } from '../../patterns/parts/settings.ts';
import { patterns } from './all-patterns.ts';

const settings = {
  size: { kind: 'number', default: 5, min: 1, max: 10, unit: 'bytes', about: '' },
  brisk: { kind: 'switch', default: false, about: '' },
  edition: { kind: 'choice', default: '0.2', options: ['0.1', '0.2'], about: '' },
} as const satisfies Settings;

describe('settings', () => {
  test('what is not given is the variant’s, otherwise the default', () => {
    expect(withDefaults(settings, {})).toEqual({ size: 5, brisk: false, edition: '0.2' });
    expect(withDefaults(settings, { size: 7 }, { brisk: true })).toMatchObject({ size: 7, brisk: true });
    expect(withDefaults(settings, { brisk: false }, { brisk: true })).toMatchObject({ size: 5, brisk: false });
    expect(withDefaults(settings, { size: undefined, brisk: undefined, no: undefined }, { brisk: true })).toMatchObject(
      {
        size: 5,
        brisk: true,
      },
    );
  });

  test.each([0, 11, 1.5, Number.NaN, '5', true, null, {}, Number.POSITIVE_INFINITY])(
    'a size of %s is misuse',
    (size) => {
      expect(misuse(() => withDefaults(settings, { size }))).toEqual(['size', expect.stringContaining('from 1 to 10')]);
    },
  );

  test.each(['true', 1, 0, null, {}])('a switch at %s is misuse', (brisk) => {
    expect(misuse(() => withDefaults(settings, { brisk }))).toEqual([
      'brisk',
      expect.stringContaining('true or false'),
    ]);
  });

  test.each(['0.3', '', true, null, {}, 0.3])('a choice of %s is misuse that names the options', (edition) => {
    expect(misuse(() => withDefaults(settings, { edition }))).toEqual([
      'edition',
      expect.stringContaining('0.1 or 0.2'),
    ]);
  });

  test('a choice is typed by its options, and a number that reads like one of them is it', () => {
    expectTypeOf<Values<typeof settings>['edition']>().toEqualTypeOf<'0.1' | '0.2'>();
    expect(withDefaults(settings, { edition: 0.1 }).edition).toBe('0.1');
  });

  test.each(['sise', 'toString', '__proto__x', 'constructor'])(
    'an unknown one, %s, is misuse that names those there are',
    (name) => {
      const [setting, message] = misuse(() => withDefaults(settings, { [name]: 1 }));
      expect(setting).toBe('setting');
      expect(message).toContain(name);
      expect(message).toContain('brisk, edition, size');
    },
  );

  test('one that has to exceed another is misuse where it does not, whichever of the two was given', () => {
    const pair = {
      interval: { kind: 'number', default: 5, min: 1, max: 10, unit: 'ms', about: '' },
      timeout: { kind: 'number', default: 8, min: 1, max: 10, unit: 'ms', about: '', above: 'interval' },
    } as const satisfies Settings;
    expect(withDefaults(pair, { interval: 7 })).toEqual({ interval: 7, timeout: 8 });
    for (const given of [{ interval: 8 }, { timeout: 5 }, { interval: 9, timeout: 9 }]) {
      expect(misuse(() => withDefaults(pair, given))).toEqual(['timeout', expect.stringContaining('above interval')]);
    }
  });

  test('what is allowed can be said in words', () => {
    expect([allowed(settings.size), allowed(settings.brisk), allowed(settings.edition)]).toEqual([
      'a whole number of bytes from 1 to 10',
      'true or false',
      '0.1 or 0.2',
    ]);
  });
});

describe('every pattern', () => {
  test.each(patterns.map((pattern) => [pattern.name, pattern] as const))(
    '%s has settings within their limits',
    (_, pattern) => {
      for (const [name, variant] of Object.entries(pattern.variants)) {
        const values = withDefaults<Settings>(pattern.settings, {}, variant.settings);
        expect(withDefaults(pattern.settings, values), name).toEqual(values);
        expect(variant.deliveries.length).toBeGreaterThan(0);
      }
      for (const setting of Object.values(pattern.settings as Settings)) expect(setting.about).not.toBe('');
    },
  );

  test('takes the settings that all share under the same names', () => {
    for (const { settings: table } of patterns) {
      expect(Object.keys(table)).toEqual(
        expect.arrayContaining(['timeoutMs', 'pendingLimit', 'payloadLimitBytes', 'queueLimit']),
      );
    }
  });

  test('has its variants by name, the first where none is named', () => {
    for (const pattern of patterns) {
      expect(variantOf(pattern, undefined)[0]).toBe(Object.keys(pattern.variants)[0]);
      expect(misuse(() => variantOf(pattern, 'toString'))[0]).toBe('variant');
      expect(misuse(() => variantOf(pattern, 7))[0]).toBe('variant');
    }
  });
});

describe('endpoints', () => {
  test.each(['tcp://127.0.0.1:5555', 'tcp://host.example:1', 'tcp://[::1]:65535', 'ipc:///tmp/a', 'ipc://a'])(
    '%s is one',
    (one) => {
      expect(checkEndpoint('endpoints', one)).toBe(one);
      expect(checkEndpoints('endpoints', one)).toEqual([one]);
    },
  );

  test.each([
    'http://127.0.0.1:80',
    'tcp://127.0.0.1',
    'tcp://127.0.0.1:0',
    'tcp://127.0.0.1:65536',
    'tcp://:80',
    'tcp://a b:80',
    'tcp://*:5555',
    'ipc://',
    `ipc:///${'x'.repeat(103)}`,
    'inproc://a',
    '',
    5,
    null,
  ])('%s is misuse of a client', (one) => {
    expect(misuse(() => checkEndpoint('endpoints', one))[0]).toBe('endpoints');
  });

  test('a server may bind every interface, and none twice', () => {
    expect(checkEndpoints('bind', ['tcp://*:5555', 'tcp://0.0.0.0:5556'])).toHaveLength(2);
    expect(misuse(() => checkEndpoints('bind', ['tcp://*:5555', 'tcp://*:5555']))[0]).toBe('bind');
    expect(misuse(() => checkEndpoints('bind', []))[0]).toBe('bind');
    expect(misuse(() => checkEndpoints('bind', undefined))[0]).toBe('bind');
  });
});

describe('names', () => {
  test('of clients: sixteen letters, digits and three signs', () => {
    for (const id of ['a', 'shop-7', 'A.b_c-9', 'x'.repeat(16)]) expect(checkClientId(id)).toBe(id);
    for (const id of ['', 'a:b', 'x'.repeat(17), 'a b', 'ä', 7, null])
      expect(misuse(() => checkClientId(id))[0]).toBe('clientId');
  });

  test('of services: printable ASCII, and none of the broker’s own', () => {
    for (const service of ['a', '~!', 'x'.repeat(255)]) expect(checkService(service)).toBe(service);
    for (const service of ['', 'a b', 'x'.repeat(256), 'ä', 'mmi.service', 7]) {
      expect(misuse(() => checkService(service))[0]).toBe('service');
    }
  });

  test('whole numbers are whole', () => {
    expect(checkWhole('n', 3, 1, 3)).toBe(3);
    for (const n of [0, 4, 1.5, '2', undefined, Number.NaN])
      expect(misuse(() => checkWhole('n', n, 1, 3))[0]).toBe('n');
  });
});

function misuse(act: () => unknown): [string, string] {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(MisuseError);
    return [(error as MisuseError).setting, (error as MisuseError).message];
  }
  throw new Error('it should have thrown, and did not');
}
