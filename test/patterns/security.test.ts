import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerZap, type Door, type Turned } from '../../patterns/drivers/zap.ts';
import { connect, keyPair, MisuseError, serve, start } from '../../patterns/index.ts';
import { decodeZ85, encodeZ85 } from '../../patterns/parts/z85.ts';
import { checkSecurity, publicKeyOf } from '../../patterns/security.ts';
import { bytes, echo, failureOf, text } from '../contract/world.ts';
import { patterns } from './all-patterns.ts';

/** Known pairs, from libzmq's manual (zmq_curve). */
const client = {
  publicKey: 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID',
  secretKey: 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs',
};
const server = {
  publicKey: 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7',
  secretKey: 'JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6',
};

describe('Z85', () => {
  test('writes and reads the example of 32/Z85', () => {
    const example = new Uint8Array([0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]);
    expect(encodeZ85(example)).toBe('HelloWorld');
    expect(decodeZ85('HelloWorld')).toEqual(example);
  });

  test('gives back what it took', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (given) => {
        expect(decodeZ85(encodeZ85(given))).toEqual(given);
      }),
    );
  });

  test.each(['Hell', 'Hello World', 'Hell"', 'ÄÖÜäö', '#####', 'Hell\n'])('%j is none', (given) => {
    expect(decodeZ85(given)).toBeUndefined();
  });

  test('takes whole groups alone', () => {
    expect(() => encodeZ85(new Uint8Array(3))).toThrow(RangeError);
  });
});

describe('key pairs', () => {
  test('the public key is known from the secret one, as libzmq has it', () => {
    for (const pair of [client, server, keyPair(), keyPair()]) expect(publicKeyOf(pair.secretKey)).toBe(pair.publicKey);
  });

  test('no two are alike', () => {
    expect(keyPair()).not.toEqual(keyPair());
  });
});

describe('what is given as security', () => {
  test('is a listener’s, or a caller’s', () => {
    expect(checkSecurity(undefined, 'caller', 'x')).toBeUndefined();
    const { publicKey, secretKey } = server;
    const listener = { side: 'listener', publicKey, secretKey, clients: new Set([client.publicKey]) };
    expect(checkSecurity({ secretKey, clients: [client.publicKey] }, 'listener', 'x')).toEqual(listener);
    expect(checkSecurity({ ...server, clients: [client.publicKey] }, 'listener', 'x')).toEqual(listener);
    expect(checkSecurity({ secretKey, clients: 'any' }, 'listener', 'x')).toEqual({ ...listener, clients: 'any' });
    const caller = { side: 'caller', ...client, serverKey: publicKey };
    expect(checkSecurity({ ...client, serverKey: publicKey }, 'caller', 'x')).toEqual(caller);
    expect(checkSecurity({ ...client, publicKey: undefined, serverKey: publicKey }, 'caller', 'x')).toEqual(caller);
  });

  const listener = { ...server, clients: [client.publicKey] };
  const caller = { ...client, serverKey: server.publicKey };
  const mistakes: [string, unknown, 'listener' | 'caller', string, string][] = [
    ['a key alone', server.secretKey, 'listener', 'security', 'secretKey and clients'],
    ['nothing', null, 'listener', 'security', 'secretKey and clients'],
    ['a list', [server.secretKey], 'listener', 'security', 'a list of 1'],
    ['no secret key', { clients: 'any' }, 'listener', 'security.secretKey', '40 characters of Z85'],
    [
      'a short key',
      { ...listener, secretKey: server.secretKey.slice(1) },
      'listener',
      'security.secretKey',
      'a text of 39',
    ],
    ['no Z85', { ...caller, serverKey: `"${server.publicKey.slice(1)}` }, 'caller', 'security.serverKey', 'Z85'],
    [
      'another’s public key',
      { ...listener, publicKey: client.publicKey },
      'listener',
      'security.publicKey',
      'belongs to',
    ],
    [
      'the secret key twice',
      { ...listener, publicKey: server.secretKey },
      'listener',
      'security.publicKey',
      'belongs to',
    ],
    ['no list', server, 'listener', 'security.clients', '"any"'],
    ['an empty list', { ...server, clients: [] }, 'listener', 'security.clients', 'one public key or more'],
    ['a text as list', { ...server, clients: client.publicKey }, 'listener', 'security.clients', '"any"'],
    [
      'a wrong key in the list',
      { ...server, clients: [client.publicKey, 'x'] },
      'listener',
      'security.clients.1',
      'Z85',
    ],
    [
      'a caller’s keys to listen',
      caller,
      'listener',
      'security.serverKey',
      'x listens: it takes secretKey and clients',
    ],
    [
      'a listener’s keys to call',
      listener,
      'caller',
      'security.clients',
      'x connects: it takes secretKey and serverKey',
    ],
    ['no server’s key', client, 'caller', 'security.serverKey', '40 characters'],
    ['a name with a slip', { ...caller, secretkey: 'x' }, 'caller', 'security.secretkey', 'secretKey and serverKey'],
  ];

  test.each(mistakes)('%s is misuse, in one line that shows no key', (_what, given, side, setting, words) => {
    const error = misuseOf(() => checkSecurity(given, side, 'x'));
    expect(error.setting).toBe(setting);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('\n');
    for (const pair of [client, server]) {
      for (const key of Object.values(pair)) expect(error.message).not.toContain(key.slice(1, 20));
    }
  });

  test.each(patterns.map((pattern) => [pattern.name, pattern] as const))(
    '%s checks it where it is given',
    async (_, pattern) => {
      const endpoint = 'ipc:///tmp/nobody';
      const wrong = { secretKey: server.secretKey };
      const { name, topology } = pattern;
      expect(await failureOf(connect(pattern, { endpoints: endpoint, security: listener }))).toMatchObject({
        setting: 'security.clients',
        message: expect.stringContaining(`a client of ${name}/${Object.keys(pattern.variants)[0]} connects`),
      });
      const listens = topology === 'servers';
      const where = listens ? { bind: endpoint } : { connect: endpoint };
      expect(await failureOf(serve(pattern, { ...where, security: listens ? caller : listener }, echo))).toMatchObject({
        message: expect.stringContaining(
          `a server of ${name}/${Object.keys(pattern.variants)[0]} ${listens ? 'listens' : 'connects'}`,
        ),
      });
      if (pattern.broker === undefined) return;
      // @ts-expect-error: a broker needs the list of its callers
      const failure = await failureOf(start(pattern, 'broker', { bind: endpoint, security: wrong }));
      expect(failure).toMatchObject({ setting: 'security.clients' });
    },
  );
});

describe('the doorkeeper (27/ZAP)', () => {
  const turned: Turned[] = [];
  const door: Door = {
    domain: 'ours',
    clients: new Set([client.publicKey]),
    turnedAway: (who) => turned.push(who),
  };

  function asked(key: Uint8Array, changes: Record<string, string> = {}): Uint8Array[] {
    const { version = '1.0', domain = 'ours', mechanism = 'CURVE' } = changes;
    const frames = ['route', '', version, '7', domain, '10.0.0.1', '', mechanism].map(bytes);
    return [...frames, key];
  }

  function answered(frames: Uint8Array[], at: Door = door): string[] | undefined {
    turned.length = 0;
    return answerZap(frames, at)?.map(text);
  }

  const listed = decodeZ85(client.publicKey)!;
  const yes = ['route', '', '1.0', '7', '200', 'OK', '', ''];
  const no = ['route', '', '1.0', '7', '400', 'not on the list', '', ''];

  test('lets in who is on the list, and says who is not', () => {
    expect(answered(asked(listed))).toEqual(yes);
    expect(turned).toEqual([]);
    expect(answered(asked(decodeZ85(server.publicKey)!))).toEqual(no);
    expect(turned).toEqual([{ address: '10.0.0.1', publicKey: server.publicKey }]);
  });

  test('lets in anybody where the list says so', () => {
    expect(answered(asked(decodeZ85(server.publicKey)!), { ...door, clients: 'any' })).toEqual(yes);
  });

  test.each([
    ['another mechanism', asked(listed, { mechanism: 'NULL' })],
    ['another domain', asked(listed, { domain: 'theirs' })],
    ['a key of another length', asked(listed.subarray(1))],
    ['no key', asked(listed).slice(0, -1)],
  ])('lets nobody in by %s, whatever the list', (_what, frames) => {
    expect(answered(frames)).toEqual(no);
    expect(answered(frames, { ...door, clients: 'any' })).toEqual(no);
    expect(turned).toEqual([]);
  });

  test('leaves unanswered what is no request', () => {
    expect(answered(asked(listed, { version: '2.0' }))).toBeUndefined();
    expect(answered([bytes('a'), bytes('b')])).toBeUndefined();
    expect(answered([])).toBeUndefined();
    expect(answered([bytes('')])).toBeUndefined();
  });
});

function misuseOf(act: () => unknown): MisuseError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(MisuseError);
    return error as MisuseError;
  }
  throw new Error('it should have thrown, and did not');
}
