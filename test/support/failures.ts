import { expect } from 'vitest';

type ErrorClass<Failure> = abstract new (...args: never) => Failure;

/** Returns the error that a promise rejects with. Fails the test if the promise fulfills, or the error has another class. */
export async function expectRejection<Failure extends Error>(
  errorClass: ErrorClass<Failure>,
  work: Promise<unknown>,
): Promise<Failure> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome)
    expect.fail(`expected ${errorClass.name}, but the promise fulfilled with ${format(outcome.value)}`);
  return expectInstance(errorClass, outcome.error);
}

/** Returns the error that a function throws. Fails the test if the function returns, or the error has another class. */
export function expectThrow<Failure extends Error>(
  errorClass: ErrorClass<Failure>,
  run: () => unknown,
): Failure {
  let value: unknown;
  try {
    value = run();
  } catch (error) {
    return expectInstance(errorClass, error);
  }
  return expect.fail(`expected ${errorClass.name}, but the function returned ${format(value)}`);
}

function expectInstance<Failure extends Error>(errorClass: ErrorClass<Failure>, error: unknown): Failure {
  if (error instanceof errorClass) return error;
  const actual = error instanceof Error ? `${error.name}: ${error.message}` : format(error);
  return expect.fail(`expected ${errorClass.name}, but got ${actual}`);
}

const format = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** Returns the error that a promise rejects with, or `undefined` if it fulfills. */
export const catchError = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
