import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256 } from '../../../src/auth/sha256.js';

const ofNode = (text: string) => createHash('sha256').update(text).digest('hex');

it('is what the platform makes of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(sha256(text)).toBe(ofNode(text));
    }),
    { numRuns: 2_000 },
  );
});

it('is right at every length around the edges of a block, and for long texts', () => {
  for (const length of [...Array.from({ length: 200 }, (_, at) => at), 100_000])
    expect(sha256('a'.repeat(length)), `${length}`).toBe(ofNode('a'.repeat(length)));
});
