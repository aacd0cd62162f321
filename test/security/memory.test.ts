import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import { attack, Tally } from './report.js';

interface Looked {
  readonly kind: string;
  readonly whileOpen: boolean;
  readonly afterwards: boolean;
  readonly entries: number;
}

describe('memory', () => {
  attack(
    'a view that is gone, its answers still cached: its credential in a picture of the heap',
    async () => {
      const tally = new Tally();
      const program = ['--expose-gc', '--import', 'tsx', 'test/security/memory.program.ts'];
      const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: 100_000 });
      const looked: Looked[] = JSON.parse(stdout);
      for (const [at, { kind, whileOpen, afterwards, entries }] of looked.entries()) {
        tally.check(whileOpen, `${kind}: not even found while it was in use, so that nothing was shown`);
        tally.check(entries === at + 1, `${kind}: ${entries} answers are kept`);
        tally.check(!afterwards, `${kind}: found`);
      }
      tally.check(looked.length === 3, `${looked.length} kinds`);
      return tally;
    },
  );
});
