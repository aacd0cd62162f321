import type { Reporter, TestModule } from 'vitest/node';
import { markdownTable } from '../support/table.js';
import type {} from './report.js';

/** Prints the table: each attack, how often it was tried, how often it succeeded. */
export class AttackTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules
      .toSorted((a, b) => a.moduleId.localeCompare(b.moduleId))
      .flatMap((module) => [...module.children.allTests()])
      .flatMap((test) => test.meta().attack ?? [])
      .map(({ name, tries, breaches }) => [name, tries, breaches]);
    if (rows.length > 0) console.log(`\n${markdownTable(['attack', 'tries', 'breaches'], rows)}\n`);
  }
}
