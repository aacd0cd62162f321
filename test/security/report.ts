import { expect, inject, it, type TestContext } from 'vitest';

/** What came of an attack. */
export interface Result {
  readonly tries: number;
  /** How many of the tries got what they must not get. */
  readonly breaches: number;
  /** What the first breaches looked like. */
  readonly seen?: readonly string[];
}

declare module 'vitest' {
  interface TaskMeta {
    attack?: { readonly name: string } & Result;
  }
  interface ProvidedContext {
    /** `npm run test:security -- --full`: the long counts. */
    full: boolean;
  }
}

/** Counts tries, and those that succeeded. */
export class Tally implements Result {
  tries = 0;
  breaches = 0;
  readonly seen: string[] = [];

  /** One try: it `held`, or it is a breach, told by `what`. */
  check(held: boolean, what: string | (() => string)): void {
    this.tries++;
    if (held) return;
    this.breaches++;
    if (this.seen.length < 5) this.seen.push(typeof what === 'string' ? what : what());
  }
}

/**
 * A test that tries to break something, and a line of the table that ends the run. It passes when it tried at all and
 * no try succeeded.
 */
export function attack(
  name: string,
  run: (context: TestContext) => Promise<Result>,
  options: { readonly timeout?: number } = {},
): void {
  it(name, options, async (context) => {
    const { tries, breaches, seen = [] } = await run(context);
    context.task.meta.attack = { name, tries, breaches };
    expect({ breaches, seen }).toEqual({ breaches: 0, seen: [] });
    expect(tries).toBeGreaterThan(0);
  });
}

/** So many tries in every run, and so many with `--full`. */
export const count = (usual: number, full: number): number => (inject('full') ? full : usual);
