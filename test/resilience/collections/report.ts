import type { TestContext } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';
import { markdownTable } from '../../support/table.js';

type Line = readonly [test: string, result: string];

declare module 'vitest' {
  interface TaskMeta {
    reportLines?: Line[];
  }
  interface ProvidedContext {
    /** Whether to run ten times as many repetitions. */
    full: boolean;
    /** Number of random histories per iteration test. */
    seeds: number;
  }
}

/** Adds a line to the table at the end of the run. Call it before the expectations, so that it also reports a failed test. */
export function reportLine(task: TestContext['task'], ...line: Line): void {
  task.meta.reportLines = [...(task.meta.reportLines ?? []), line];
}

/** Prints the report lines of all tests as a table. */
export class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const lines = tests.flatMap((test) => test.meta().reportLines ?? []);
    if (lines.length > 0) console.log(`\n${markdownTable(['test', 'result'], lines)}\n`);
  }
}
