import type { Reporter, TestModule } from 'vitest/node';
import { markdownTable } from '../support/table.js';
import type {} from './attack.js';

/** Prints a table of the attacked promises, with the numbers of tries and breaches. */
export class AttackReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules
      .toSorted((a, b) => a.moduleId.localeCompare(b.moduleId))
      .flatMap((module) => [...module.children.allTests()])
      .flatMap((test) => {
        const { attack } = test.meta();
        return attack ? [[test.fullName.replaceAll(' > ', ': '), attack.tries, attack.breaches]] : [];
      });
    if (rows.length > 0) console.log(`\n${markdownTable(['promise', 'tries', 'breaches'], rows)}\n`);
  }
}
