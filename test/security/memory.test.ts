import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import { AttackTally, attack } from './attack.js';

interface HeapResult {
  readonly kind: string;
  readonly inHeapWhileOpen: boolean;
  readonly inHeapAfterClose: boolean;
  readonly entries: number;
}

describe('memory', () => {
  attack(
    'removes the credential of a closed view from the heap, even if its responses are still cached',
    async () => {
      const tally = new AttackTally();
      const program = ['--expose-gc', '--import', 'tsx', 'test/security/memory.program.ts'];
      const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: 100_000 });
      const results: HeapResult[] = JSON.parse(stdout);
      for (const [index, { kind, inHeapWhileOpen, inHeapAfterClose, entries }] of results.entries()) {
        tally.check(inHeapWhileOpen, `${kind}: not found even while in use, so the check proves nothing`);
        tally.check(entries === index + 1, `${kind}: ${entries} responses are cached`);
        tally.check(!inHeapAfterClose, `${kind}: found in the heap`);
      }
      tally.check(results.length === 3, `${results.length} kinds`);
      return tally;
    },
  );
});
