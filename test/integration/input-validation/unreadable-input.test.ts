import { type PersonaClient, PersonaValidationError } from 'persona-client';
import { createMany, deleteMany, updateMany } from 'persona-client/collections';
import { describe, expect, it } from 'vitest';
import { catchError } from '../../support/failures.js';
import { DIALECTS, startService } from '../../support/service.js';

/** Values that no program can read. An Immer draft is such a proxy once its recipe has returned. */
const UNREADABLE = {
  'a getter that throws': () => ({
    get weather(): string {
      throw new Error('not loaded');
    },
  }),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable<object>({}, {});
    revoke();
    return proxy;
  },
};

const CALLS: Record<string, (client: PersonaClient, value: object) => Promise<unknown>> = {
  'personas.create': (client, value) => client.personas.create({ name: 'Ada', contextual: value }),
  'personas.create itself': (client, value) => client.personas.create(value as { name: string }),
  'personas.update': (client, value) => client.personas.update(1, { contextual: value }),
  'contextual.update': (client, value) => client.contextual.update(1, value),
  'contextual.update of a field': (client, value) => client.contextual.update(1, { weather: value as never }),
  request: (client, value) => client.request({ method: 'POST', path: '/x', body: value }),
  'query of request': (client, value) =>
    client.request({ path: '/x', query: value as Record<string, string> }),
};

describe.each(DIALECTS)('input that cannot be read (%s)', (dialect) => {
  describe.each(Object.entries(UNREADABLE))('%s', (_, create) => {
    it.each(Object.entries(CALLS))('is invalid in %s, and nothing is sent', async (_, call) => {
      const { service, connect } = await startService({ dialect });
      const client = connect({ dialect });
      const error = await catchError(call(client, create()));
      expect(error).toBeInstanceOf(PersonaValidationError);
      expect((error as Error).message).toContain('cannot be read');
      expect(service.requests).toEqual([]);
    });

    it('fails only its item of a bulk run', async () => {
      const { connect } = await startService({ dialect });
      const client = connect({ dialect });
      const contextual = create();
      const run = async (items: AsyncIterable<{ ok: boolean; error?: { code: string } }>) => {
        const outcomes: string[] = [];
        for await (const result of items) outcomes.push(result.error?.code ?? 'ok');
        return outcomes.join();
      };
      const expected = 'ok,invalid_input,ok';
      const rows = [{ name: 'A' }, { name: 'B', contextual }, { name: 'C' }];
      expect(await run(createMany(client, rows))).toBe(expected);
      expect(await run(createMany(client, rows.values()))).toBe(expected);
      expect(
        await run(createMany(client, [{ name: 'A' }, contextual as { name: string }, { name: 'C' }])),
      ).toBe(expected);
      const updates = rows.map((data, index) => ({ id: index + 1, data }));
      expect(await run(updateMany(client, updates))).toBe(expected);
      expect(await run(deleteMany(client, [1, contextual as { id: number }, 2]))).toBe(expected);
    });
  });
});
