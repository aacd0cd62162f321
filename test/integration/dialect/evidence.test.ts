import { PersonaError, PersonaNotFoundError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { DIALECTS, jsonBody, startService } from '../../support/service.js';

const PROBE = 'GET /api/v1/personas?page=1&per_page=1';

async function setup(dialect: (typeof DIALECTS)[number]) {
  const { service, connect, requestLines } = await startService({ dialect });
  const client = connect({ retry: false, cache: false });
  const detected: string[] = [];
  client.on('dialect', (event) => detected.push(event.dialect));
  return { service, client, requestLines, detected };
}

describe.each(DIALECTS)('the dialect shown by other responses: %s', (dialect) => {
  it.each([
    ['a created persona', {}],
    ['a persona with one category', { psychographic: { lifestyle: 'calm' } }],
  ])('is detected without a probe from %s', async (_, data) => {
    const { client, requestLines, detected } = await setup(dialect);
    const { id } = await client.personas.create({ name: 'Ada', ...data });
    expect(detected).toEqual([dialect]);
    expect(await client.psychographic.get(id)).toBeDefined();
    expect(requestLines()).not.toContain(PROBE);
  });

  it.each([429, 502, 503])('is not detected from a gateway error: %d', async (status) => {
    const { service, client, detected } = await setup(dialect);
    service.faults.add({
      status,
      ...jsonBody({ message: 'upstream is down', status_code: status }),
      times: 1,
    });
    await expectRejection(PersonaError, client.personas.get(1));
    expect(detected).toEqual([]);
    expect(await client.psychographic.get(1)).toHaveProperty('interests');
  });

  it('is not detected from the JSON of an unknown route', async () => {
    const { service, client, detected } = await setup(dialect);
    service.faults.add({ status: 404, ...jsonBody({ message: 'Not found', status_code: 404 }), times: 1 });
    expect(await client.schema.get()).toHaveProperty('source', 'composed');
    expect(detected).toEqual([dialect]);
    expect(await client.psychographic.get(1)).toHaveProperty('interests');
  });

  it('is not detected from the JSON of a missing login route', async () => {
    const { service, client, detected } = await setup(dialect);
    service.faults.add({ status: 404, ...jsonBody({ message: 'Not found', status_code: 404 }), times: 1 });
    await expectRejection(PersonaError, client.auth.login({ username: 'ada', password: 'secret' }));
    expect(detected).toEqual([]);
    expect(await client.psychographic.get(1)).toHaveProperty('interests');
  });

  it('is detected by a probe after a persona with all categories and row keys', async () => {
    const { service, client, requestLines } = await setup(dialect);
    const row = { id: 1, persona_id: 1 };
    const times = { created_at: '2026-01-01T00:00:00', updated_at: '2026-01-01T00:00:00' };
    service.faults.add({
      ...jsonBody({
        id: 1,
        name: 'Ada',
        ...times,
        demographic: row,
        psychographic: row,
        behavioral: row,
        contextual: row,
      }),
      status: 200,
      times: 1,
    });
    await client.personas.get(1);
    expect(await client.psychographic.get(1)).toHaveProperty('interests');
    expect(requestLines()).toContain(PROBE);
  });
});

describe('errors that show the dialect', () => {
  it('are those of subresource that name the persona', async () => {
    const { client, requestLines, detected } = await setup('subresource');
    await expectRejection(PersonaNotFoundError, client.personas.get(99_999));
    expect(detected).toEqual(['subresource']);
    await client.psychographic.get(1);
    expect(requestLines()).not.toContain(PROBE);
  });

  it('do not correct a detected dialect, because a proxy may have stored them', async () => {
    const { service, client, detected } = await setup('attributes');
    await client.personas.list();
    service.faults.add({
      status: 404,
      ...jsonBody({ message: 'Persona with ID 5 not found', status_code: 404 }),
      times: 1,
    });
    await expectRejection(PersonaNotFoundError, client.personas.get(5));
    expect(detected).toEqual(['attributes']);
  });
});
