import type { TestContext } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';
import { markdownTable } from '../../support/table.js';

type Line = readonly [what: string, counted: string];

declare module 'vitest' {
  interface TaskMeta {
    counts?: Line[];
  }
  interface ProvidedContext {
    /** Whether to count ten times as many. */
    full: boolean;
    /** How many random histories a walk has to stand. */
    seeds: number;
  }
}

/** Keep a line for the table that ends the run. Call it before the expectations, so that a failure is seen in it, too. */
export function tell(task: TestContext['task'], ...line: Line): void {
  task.meta.counts = [...(task.meta.counts ?? []), line];
}

/** Prints what was tried, and how it went. */
export class Counts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const lines = tests.flatMap((test) => test.meta().counts ?? []);
    if (lines.length > 0) console.log(`\n${markdownTable(['what', 'counted'], lines)}\n`);
  }
}
