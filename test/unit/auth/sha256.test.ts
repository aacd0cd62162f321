import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256 } from '../../../src/auth/sha256.js';

const nodeSha256 = (text: string) => createHash('sha256').update(text).digest('hex');

it('sha256 matches the SHA-256 of Node.js for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(sha256(text)).toBe(nodeSha256(text));
    }),
    { numRuns: 2_000 },
  );
});

it('sha256 is correct at every length around a block boundary, and for long texts', () => {
  for (const length of [...Array.from({ length: 200 }, (_, index) => index), 100_000])
    expect(sha256('a'.repeat(length)), `${length}`).toBe(nodeSha256('a'.repeat(length)));
});
