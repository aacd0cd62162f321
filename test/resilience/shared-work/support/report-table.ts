import type { TestContext } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';
import { markdownTable } from '../../../support/table.js';

const COLUMNS = [
  'owner gone',
  'owner gone, joined',
  'owner gone, promises reject',
  'owner gone, promises reject, joined',
  'workerd',
  'sleep',
  'freeze',
  'clock forward',
  'clock back',
  'garbage',
] as const;
export type Column = (typeof COLUMNS)[number];

/** A cell of the table: how the next caller ended, and after how long. */
interface Cell {
  readonly kind: string;
  readonly column: Column;
  readonly text: string;
  /** The maximum age of the work, in milliseconds. */
  readonly limitMs: number;
}

declare module 'vitest' {
  interface TaskMeta {
    sharedWork?: Cell;
  }
}

/** Adds a cell to the table. Call it before the assertions, so that the table includes failures. */
export function addCell(task: TestContext['task'], cell: Cell): void {
  task.meta.sharedWork = cell;
}

/** Prints a table of all kinds of shared work at the end of the run. */
export class SharedWorkReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cells = modules
      .flatMap((module) => [...module.children.allTests()])
      .flatMap((test) => test.meta().sharedWork ?? []);
    if (cells.length === 0) return;
    const kinds = [...new Set(cells.map(({ kind }) => kind))];
    const isWorkerd = ({ column }: Cell) => column === 'workerd';
    const limitOf = (kind: string, ofCells: readonly Cell[]) => {
      const limitMs = ofCells.find((cell) => cell.kind === kind)?.limitMs;
      return limitMs === undefined ? '' : `${limitMs} ms`;
    };
    const textOf = (kind: string, column: Column) => {
      const texts = cells
        .filter((cell) => cell.kind === kind && cell.column === column)
        .map(({ text }) => text);
      return texts.find((text) => text.endsWith('!')) ?? texts.at(-1) ?? '';
    };
    const rows = kinds.map((kind) => [
      kind,
      limitOf(
        kind,
        cells.filter((cell) => !isWorkerd(cell)),
      ),
      limitOf(kind, cells.filter(isWorkerd)),
      ...COLUMNS.map((column) => textOf(kind, column)),
    ]);
    console.log(`\n${markdownTable(['shared work', 'limit', 'limit in workerd', ...COLUMNS], rows)}\n`);
  }
}
