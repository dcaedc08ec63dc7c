import { expect, test } from 'vitest';
import { Links } from '../../patterns/drivers/links.ts';

function linksOf(...endpoints: string[]): Links {
  const links = new Links();
  for (const endpoint of endpoints) links.connect(endpoint);
  return links;
}

test('a connection named as its endpoint was given is that endpoint’s', () => {
  const links = linksOf('tcp://a:1', 'ipc:///b');
  expect([links.up('ipc:///b'), links.up('tcp://a:1')]).toEqual(['ipc:///b', 'tcp://a:1']);
  expect([links.down('tcp://a:1'), links.down('ipc:///b')]).toEqual(['tcp://a:1', 'ipc:///b']);
});

test('one that comes back under its resolved address is still its endpoint’s', () => {
  const links = linksOf('tcp://a:1', 'tcp://b:2');
  links.up('tcp://a:1');
  links.up('tcp://b:2');
  expect(links.down('tcp://a:1')).toBe('tcp://a:1');
  expect(links.up('tcp://127.0.0.1:1')).toBe('tcp://a:1');
  expect(links.down('tcp://127.0.0.1:1')).toBe('tcp://a:1');
  expect(links.up('tcp://127.0.0.9:1')).toBe('tcp://a:1');
});

test('of several on one port it is one that is down', () => {
  const links = linksOf('tcp://a:1', 'tcp://b:1', 'tcp://c:1');
  for (const endpoint of ['tcp://a:1', 'tcp://b:1', 'tcp://c:1']) links.up(endpoint);
  links.down('tcp://b:1');
  expect(links.up('tcp://10.0.0.2:1')).toBe('tcp://b:1');
  links.down('tcp://a:1');
  links.down('tcp://10.0.0.2:1');
  expect(new Set([links.up('tcp://10.0.0.2:1'), links.up('tcp://10.0.0.1:1')])).toEqual(
    new Set(['tcp://a:1', 'tcp://b:1']),
  );
});

test('two names of one server are two connections', () => {
  const links = linksOf('tcp://a:1', 'tcp://b:1');
  expect([links.up('tcp://10.0.0.1:1'), links.up('tcp://10.0.0.1:1')]).toEqual(['tcp://a:1', 'tcp://b:1']);
  expect(new Set([links.down('tcp://10.0.0.1:1'), links.down('tcp://10.0.0.1:1')])).toEqual(
    new Set(['tcp://a:1', 'tcp://b:1']),
  );
});

test('what nobody asked for goes by its address', () => {
  const links = linksOf('tcp://a:1');
  expect(links.down('tcp://10.0.0.1:1')).toBe('tcp://10.0.0.1:1');
  links.up('tcp://a:1');
  expect(links.up('tcp://10.0.0.3:1')).toBe('tcp://10.0.0.3:1');
  expect(links.up('tcp://10.0.0.1:2')).toBe('tcp://10.0.0.1:2');
});

test('of those that a bound socket accepts, only those that came up can come down', () => {
  const links = new Links();
  links.bind('tcp://*:1');
  const address = 'tcp://127.0.0.1:1';
  links.accepted();
  expect(links.up(address)).toBe('tcp://*:1');
  links.accepted();
  expect(links.down(address)).toBeUndefined();
  expect(links.down(address)).toBe('tcp://*:1');
});

test('a stranger who stays while a peer leaves is taken for it, until he leaves too', () => {
  const links = new Links();
  links.bind('tcp://*:1');
  links.accepted();
  links.up('tcp://127.0.0.1:1');
  links.accepted();
  expect([links.down('tcp://127.0.0.1:1'), links.down('tcp://127.0.0.1:1')]).toEqual([undefined, 'tcp://*:1']);
});
