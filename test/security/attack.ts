import { expect, inject, it, type TestContext } from 'vitest';

/** The result of an attack. */
export interface AttackResult {
  readonly tries: number;
  /** Number of tries that succeeded. */
  readonly breaches: number;
  /** Descriptions of the first breaches. */
  readonly examples?: readonly string[];
}

declare module 'vitest' {
  interface TaskMeta {
    attack?: Pick<AttackResult, 'tries' | 'breaches'>;
  }
  interface ProvidedContext {
    /** Set by `npm test -- --project security --full`: runs more cases. */
    full: boolean;
  }
}

/** Counts tries and breaches. */
export class AttackTally implements AttackResult {
  tries = 0;
  breaches = 0;
  readonly examples: string[] = [];

  /** Counts one try. It is a breach unless `isSafe`. */
  check(isSafe: boolean, description: string | (() => string)): void {
    this.tries++;
    if (isSafe) return;
    this.breaches++;
    if (this.examples.length < 5) {
      this.examples.push(typeof description === 'string' ? description : description());
    }
  }
}

/**
 * Defines a test that attacks the client, and adds a row to the table at the end of the run.
 *
 * The test passes if it made at least one try and found no breach. Its name states the guarantee that it attacks.
 */
export function attack(
  name: string,
  run: (context: TestContext) => Promise<AttackResult>,
  options: { readonly timeout?: number } = {},
): void {
  it(name, options, async (context) => {
    const { tries, breaches, examples = [] } = await run(context);
    context.task.meta.attack = { tries, breaches };
    expect({ breaches, examples }).toEqual({ breaches: 0, examples: [] });
    expect(tries).toBeGreaterThan(0);
  });
}

/** Returns the number of runs: `fullCount` with `--full`, otherwise `defaultCount`. */
export const runCount = (defaultCount: number, fullCount: number): number =>
  inject('full') ? fullCount : defaultCount;
