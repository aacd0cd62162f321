import { beforeAll, expect, it } from 'vitest';
import { CASES, type CaseResult } from '../smoke/program.js';

/** Output of a smoke program. */
export interface SmokeRun {
  readonly results: readonly CaseResult[];
  /** What else it printed: errors and warnings. */
  readonly messages: readonly string[];
}

/** Declares one test per case. The program runs once, before them. */
export function testSmokeCases(runProgram: () => Promise<SmokeRun>): void {
  let run: SmokeRun;
  beforeAll(async () => {
    run = await runProgram();
  });

  it('prints no errors or warnings', () => {
    expect(run.messages).toEqual([]);
  });

  it.for(CASES)('%s', (name) => {
    expect(run.results.find((result) => result.name === name)).toEqual({ name });
  });
}
