import type { TestContext } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';
import { markdownTable } from '../../../support/table.js';

/** One line of the table that ends the run. */
export interface Row {
  readonly fault: string;
  readonly calls: number;
  readonly sent: number | string;
  readonly outcomes: string;
  readonly duplicates?: number;
  readonly lost?: number;
}

declare module 'vitest' {
  interface TaskMeta {
    rows?: Row[];
  }
}

/** Keep a line for the table. Call it before the expectations, so that a failure is seen in it, too. */
export function tell(task: TestContext['task'], row: Row): void {
  task.meta.rows = [...(task.meta.rows ?? []), row];
}

/** Prints the table: what was done to the client, and what came of it. */
export class Table implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules
      .toSorted((a, b) => a.moduleId.localeCompare(b.moduleId))
      .flatMap((module) => [...module.children.allTests()])
      .flatMap((test) => test.meta().rows ?? []);
    if (rows.length === 0) return;
    const cells = rows.map(({ fault, calls, sent, outcomes, duplicates = '', lost = '' }) => [
      fault,
      calls,
      sent,
      outcomes,
      duplicates,
      lost,
    ]);
    const head = ['fault', 'calls', 'requests sent', 'outcomes', 'duplicates', 'lost'];
    console.log(`\n${markdownTable(head, cells)}\n`);
  }
}
