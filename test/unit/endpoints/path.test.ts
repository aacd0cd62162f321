import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { path } from '../../../src/endpoints/path.js';

describe('path', () => {
  it.each(['', '.', '..'])('rejects %j, which encoding cannot protect', (segment) => {
    expect(() => path`/personas/${segment}/tags`).toThrow(TypeError);
  });

  it('encodes every other value as one segment that decodes to the same value', () => {
    const segment = fc
      .string({ unit: fc.constantFrom(...'./\\%2eF?#;@: \n\0é1'.split('')), minLength: 1 })
      .filter((text) => text !== '.' && text !== '..');
    fc.assert(
      fc.property(segment, (text) => {
        const { pathname, search, hash } = new URL(`http://localhost${path`/personas/${text}/tags`}`);
        expect(pathname.split('/').map(decodeURIComponent)).toEqual(['', 'personas', text, 'tags']);
        expect(search + hash).toBe('');
      }),
      { numRuns: 2_000 },
    );
  });
});
