import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { tell } from './counts.js';

const FEW = 10_000;
const MANY = 100_000;
/** 23 bytes for each further item: less than any object has. */
const MORE_AT_MOST = 2 * 2 ** 20;

async function peakOf(count: number, journal?: string): Promise<number> {
  const args = ['--expose-gc', join(inject('programs'), 'heap.mjs'), String(count)];
  const { stdout } = await promisify(execFile)(process.execPath, journal ? [...args, journal] : args);
  const { done, peak } = JSON.parse(stdout);
  expect(done).toBe(count);
  return peak;
}

const inMiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

describe('createMany over a stream holds as much for many items as for few', () => {
  it.for([false, true])('with a journal in a file: %s', async (hasJournal, { task }) => {
    const folder = await mkdtemp(join(tmpdir(), 'persona-client-heap-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const journal = (name: string) => (hasJournal ? join(folder, name) : undefined);
    const few = await peakOf(FEW, journal('few'));
    const many = await peakOf(MANY, journal('many'));
    tell(
      task,
      `heap of createMany${hasJournal ? ', journal in a file' : ''}`,
      `${FEW} items: ${inMiB(few)} at most; ${MANY} items: ${inMiB(many)}`,
    );
    expect(many - few).toBeLessThan(MORE_AT_MOST);
  });
});
