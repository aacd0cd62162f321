import { describe, expect, it } from 'vitest';
import { startService } from '../../../support/service.js';
import { readExchanges, replay } from './replay.js';

describe('the local service', () => {
  it.each([
    ['subresource.json', { dialect: 'subresource' }],
    ['subresource-published.json', { dialect: 'subresource', published: true }],
    ['attributes.json', { dialect: 'attributes' }],
  ] as const)('responds as in every recorded exchange of %s', async (file, options) => {
    const exchanges = readExchanges(file);
    for (const store of ['memory', { sqlite: ':memory:' }] as const) {
      const { url } = await startService({ ...options, store, seed: false, cors: { origins: ['*'] } });
      const differences = await replay(exchanges, url);
      const mismatches = new Set(differences.map(({ name }) => name)).size;
      if (store === 'memory')
        process.stdout.write(
          `wire/${file}: ${exchanges.length - mismatches} of ${exchanges.length} exchanges match\n`,
        );
      expect(differences).toEqual([]);
    }
  });
});
