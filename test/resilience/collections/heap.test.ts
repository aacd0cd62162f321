import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { reportLine } from './report.js';

const FEW = 10_000;
const MANY = 100_000;
/** 23 bytes per additional item, which is less than the size of an object. */
const MAX_GROWTH_BYTES = 2 * 2 ** 20;

async function measurePeakBytes(count: number, journal?: string): Promise<number> {
  const args = ['--expose-gc', join(inject('programs'), 'heap.mjs'), String(count)];
  const { stdout } = await promisify(execFile)(process.execPath, journal ? [...args, journal] : args);
  const { succeeded, peakBytes } = JSON.parse(stdout);
  expect(succeeded).toBe(count);
  return peakBytes;
}

const inMiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

describe('createMany needs no more memory for 100,000 streamed items than for 10,000', () => {
  it.for([false, true])('with a file journal: %s', async (hasJournal, { task }) => {
    const folder = await mkdtemp(join(tmpdir(), 'persona-client-heap-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const journal = (name: string) => (hasJournal ? join(folder, name) : undefined);
    const few = await measurePeakBytes(FEW, journal('few'));
    const many = await measurePeakBytes(MANY, journal('many'));
    reportLine(
      task,
      `heap of createMany${hasJournal ? ', file journal' : ''}`,
      `${FEW} items: peak ${inMiB(few)}; ${MANY} items: ${inMiB(many)}`,
    );
    expect(many - few).toBeLessThan(MAX_GROWTH_BYTES);
  });
});
