/** What a failure must look like, whatever the pattern. */
import { expect } from 'vitest';
import { failures, MisuseError, TransactionError } from '../../patterns/index.ts';
import { failureOf } from './world.ts';

export async function expectMisuse(promise: Promise<unknown>, setting: string): Promise<void> {
  const error = await failureOf(promise);
  expect(error).toBeInstanceOf(MisuseError);
  expect(error).toMatchObject({ name: 'MisuseError', setting });
  expect((error as Error).message.startsWith(`${setting}: `)).toBe(true);
}

export async function expectFailure(promise: Promise<unknown>, code: keyof typeof failures): Promise<TransactionError> {
  const error = await failureOf(promise);
  expectCoded(error, code);
  return error as TransactionError;
}

export function expectCoded(error: unknown, code: keyof typeof failures): void {
  const { outcome, definite } = failures[code];
  expectFailed(error);
  expect({ code: error.code, outcome: error.outcome, definite: error.definite }).toEqual({ code, outcome, definite });
}

export function expectFailed(error: unknown): asserts error is TransactionError {
  expect(error).toBeInstanceOf(TransactionError);
}
