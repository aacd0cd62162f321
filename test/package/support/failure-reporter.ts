import type { Reporter, TestModule } from 'vitest/node';
import { markdownTable } from '../../support/table.js';

/** A cell of the failure matrix. */
interface FailureCell {
  readonly server: string;
  readonly runtime: string;
  /** What the runtime said about the server. A cross if the result of a call fits no outcome. */
  readonly outcome: string;
}

declare module 'vitest' {
  interface TaskMeta {
    brokenServer?: FailureCell;
  }
}

/** Prints what each runtime said about each broken server. */
export class FailureReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cells = modules
      .flatMap((module) => [...module.children.allTests()])
      .flatMap((test) => test.meta().brokenServer ?? []);
    if (cells.length === 0) return;
    const runtimes = [...new Set(cells.map(({ runtime }) => runtime))];
    const servers = [...new Set(cells.map(({ server }) => server))];
    const findOutcome = (server: string, runtime: string) =>
      cells.find((cell) => cell.server === server && cell.runtime === runtime)?.outcome ?? '-';
    const rows = servers.map((server) => [
      server,
      ...runtimes.map((runtime) => findOutcome(server, runtime)),
    ]);
    console.log(`\n${markdownTable(['broken server', ...runtimes], rows)}\n`);
  }
}
