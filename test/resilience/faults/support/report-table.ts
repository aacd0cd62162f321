import type { TestContext } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';
import { markdownTable } from '../../../support/table.js';

/** A row of the table that the reporter prints. */
interface FaultRow {
  readonly fault: string;
  readonly calls: number;
  readonly sent: number | string;
  readonly outcomes: string;
  readonly duplicates?: number;
  readonly lost?: number;
}

declare module 'vitest' {
  interface TaskMeta {
    rows?: FaultRow[];
  }
}

/** Adds a row to the table. Call it before the assertions, so that the table includes failures. */
export function addRow(task: TestContext['task'], row: FaultRow): void {
  task.meta.rows = [...(task.meta.rows ?? []), row];
}

/** Prints a table of all faults and their outcomes at the end of the run. */
export class FaultReporter implements Reporter {
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
    const header = ['fault', 'calls', 'requests sent', 'outcomes', 'duplicates', 'lost'];
    console.log(`\n${markdownTable(header, cells)}\n`);
  }
}
