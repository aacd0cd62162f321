import { expect } from 'vitest';

type Kind<Failure> = abstract new (...args: never) => Failure;

/** The error that the work ends in; a failed expectation when it ends well, or in another kind. */
export async function failureOf<Failure extends Error>(
  kind: Kind<Failure>,
  work: Promise<unknown>,
): Promise<Failure> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome)
    expect.fail(`expected ${kind.name}, but it succeeded with ${inWords(outcome.value)}`);
  return ofKind(kind, outcome.error);
}

/** The error that the function throws. */
export function thrownBy<Failure extends Error>(kind: Kind<Failure>, run: () => unknown): Failure {
  let value: unknown;
  try {
    value = run();
  } catch (error) {
    return ofKind(kind, error);
  }
  return expect.fail(`expected ${kind.name}, but it returned ${inWords(value)}`);
}

function ofKind<Failure extends Error>(kind: Kind<Failure>, error: unknown): Failure {
  if (error instanceof kind) return error;
  const shown = error instanceof Error ? `${error.name}: ${error.message}` : inWords(error);
  return expect.fail(`expected ${kind.name}, but it failed with ${shown}`);
}

const inWords = (value: unknown): string => JSON.stringify(value) ?? String(value);
