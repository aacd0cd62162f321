import { describe, expect, it } from 'vitest';
import { PERSONAS_PATH } from '../../support/personas.js';
import type { Json } from '../../support/sender.js';
import { DIALECTS } from '../../support/service.js';
import { listIds, NAIVE_TIMESTAMP, STORES, startServiceWithSender, WHOLE_SECOND } from './helpers.js';

describe.each(DIALECTS)('%s dialect: behavior that both dialects share', (dialect) => {
  it('serves /health outside /api/v1', async () => {
    const { send } = await startServiceWithSender({ dialect });
    const expected = dialect === 'subresource' ? { status: 'healthy' } : { status: 'ok', version: '1.0.0' };
    expect((await send('GET', '/health')).body).toEqual(expected);
    expect((await send('GET', '/api/v1/health')).status).toBe(404);
  });

  it('sends JSON with Content-Type application/json', async () => {
    const { send } = await startServiceWithSender({ dialect });
    const { headers } = await send('GET', PERSONAS_PATH);
    expect(headers.get('content-type')).toBe('application/json');
  });

  it('requires no authentication by default', async () => {
    const { send } = await startServiceWithSender({ dialect });
    expect((await send('GET', PERSONAS_PATH)).status).toBe(200);
  });

  it.each(['application/json', 'Application/JSON; charset=utf-8', 'application/merge-patch+json'])(
    'accepts a write with content type %s',
    async (type) => {
      const { send } = await startServiceWithSender({ dialect });
      const { status } = await send('POST', PERSONAS_PATH, '{"name":"x"}', { 'content-type': type });
      expect(status).toBe(201);
    },
  );

  it('fails with 500 for a write without a JSON content type', async () => {
    const { send, url } = await startServiceWithSender({ dialect });
    const bytes = new TextEncoder().encode('{"name":"x"}');
    const untyped = await fetch(`${url}${PERSONAS_PATH}`, { method: 'POST', body: bytes });
    expect(untyped.status).toBe(500);
    const response = await send('POST', PERSONAS_PATH, '{"name":"x"}', { 'content-type': 'text/plain' });
    expect(response.status).toBe(500);
    expect(response.text).toContain(
      dialect === 'subresource' ? 'Failed to create persona' : '415 Unsupported Media Type',
    );
  });

  it('fails with 500 for malformed JSON', async () => {
    const { send } = await startServiceWithSender({ dialect });
    const response = await send('POST', PERSONAS_PATH, '{"name":');
    expect(response.status).toBe(500);
    expect(response.text).toContain(
      dialect === 'subresource' ? 'Failed to create persona' : '400 Bad Request',
    );
    expect((await send('PUT', `${PERSONAS_PATH}/1`, 'nonsense')).status).toBe(500);
  });

  it('returns page 1 with 20 personas by default', async () => {
    const { send } = await startServiceWithSender({ dialect, seed: 25 });
    const { body } = await send('GET', PERSONAS_PATH);
    expect(body).toMatchObject({ total: 25, page: 1, per_page: 20 });
    expect(body.personas).toHaveLength(20);
    expect(body.pages).toBe(dialect === 'attributes' ? 2 : undefined);
  });

  it('returns an empty page after the last page', async () => {
    const { send } = await startServiceWithSender({ dialect, seed: 3 });
    const { status, body } = await send('GET', `${PERSONAS_PATH}?page=9&per_page=2`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ personas: [], total: 3, page: 9, per_page: 2 });
  });

  it('has no schema endpoint', async () => {
    const { send } = await startServiceWithSender({ dialect });
    expect((await send('GET', '/api/v1/schema')).status).toBe(404);
  });

  it('fails with an HTML 405 for a wrong method', async () => {
    const { send } = await startServiceWithSender({ dialect });
    const response = await send('DELETE', PERSONAS_PATH);
    expect(response.status).toBe(405);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST');
    expect(response.text).toContain('<title>405 Method Not Allowed</title>');
  });

  it('handles HEAD as GET without a body', async () => {
    const { send } = await startServiceWithSender({ dialect });
    const response = await send('HEAD', `${PERSONAS_PATH}/1`);
    expect(response.status).toBe(200);
    expect(response.text).toBe('');
  });

  it('accepts only digits as {id}', async () => {
    const { send } = await startServiceWithSender({ dialect });
    const ids = ['abc', '-1', '1.0', '1e0', '1%20', '%2D1', '²'];
    const statuses = await Promise.all(
      ids.map(async (id) => (await send('GET', `${PERSONAS_PATH}/${id}`)).status),
    );
    expect(statuses).toEqual(ids.map(() => 404));
  });

  it('accepts digits in any notation as {id}', async () => {
    const { send } = await startServiceWithSender({ dialect });
    for (const id of ['3', '003', '%33', '%30%33', '٣', '३', '𝟛', '%D9%A3'])
      expect((await send('GET', `${PERSONAS_PATH}/${id}`)).body).toMatchObject({ id: 3 });
  });

  it('decodes the path before it selects the route', async () => {
    const { send } = await startServiceWithSender({ dialect });
    expect((await send('GET', '/api/v1/person%61s/1')).body).toMatchObject({ id: 1 });
    expect((await send('GET', '/api/v1/personas%2F1')).body).toMatchObject({ id: 1 });
    expect((await send('GET', '/api/v1/personas%3Fpage=1')).status).toBe(404);
  });
});

describe.each(DIALECTS.flatMap((dialect) => STORES.map(({ name, store }) => ({ dialect, name, store }))))(
  '$dialect dialect with $name store: personas',
  ({ dialect, store }) => {
    it('creates a persona from only a name with 201', async () => {
      const { send } = await startServiceWithSender({ dialect, store, seed: false });
      const { status, body } = await send('POST', PERSONAS_PATH, { name: 'Only a name' });
      expect(status).toBe(201);
      expect(body).toMatchObject({ id: 1, name: 'Only a name' });
      expect((await send('GET', `${PERSONAS_PATH}/1`)).body).toEqual(body);
    });

    it('rejects a persona without a name', async () => {
      const { send } = await startServiceWithSender({ dialect, store, seed: false });
      expect((await send('POST', PERSONAS_PATH, { demographic: { city: 'Lyon' } })).status).toBe(400);
      expect((await send('GET', PERSONAS_PATH)).body.total).toBe(0);
    });

    it('returns demographic with its ids, and null for fields that are not set', async () => {
      const { send } = await startServiceWithSender({ dialect, store, seed: false });
      const demographic = { language: 'en-US', country: 'US', city: 'San Francisco' };
      const { body } = await send('POST', PERSONAS_PATH, { name: 'x', demographic });
      expect(body.demographic).toEqual({
        id: 1,
        persona_id: 1,
        latitude: null,
        longitude: null,
        ...demographic,
        region: null,
        age: null,
        gender: null,
        education: null,
        income: null,
        occupation: null,
      });
    });

    it('merges on PUT, and keeps absent fields and categories', async () => {
      const { send } = await startServiceWithSender({ dialect, store, seed: false });
      await send('POST', PERSONAS_PATH, {
        name: 'Before',
        demographic: { country: 'CA', city: 'Toronto' },
        psychographic: { interests: ['music'], lifestyle: 'busy' },
      });
      const update = { demographic: { city: 'Ottawa' }, psychographic: { interests: ['hiking'] } };
      const { status, body } = await send('PUT', `${PERSONAS_PATH}/1`, update);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        name: 'Before',
        demographic: { country: 'CA', city: 'Ottawa' },
        psychographic: { interests: ['hiking'], lifestyle: 'busy' },
      });
      const renamed = await send('PUT', `${PERSONAS_PATH}/1`, { name: 'After' });
      expect(renamed.body).toMatchObject({ ...update, name: 'After' });
      expect((await send('GET', `${PERSONAS_PATH}/1`)).body).toEqual(renamed.body);
    });

    it('deletes with 200 and a message, and fails with 404 if the persona is already deleted', async () => {
      const { send } = await startServiceWithSender({ dialect, store });
      const { status, body } = await send('DELETE', `${PERSONAS_PATH}/2`);
      expect(status).toBe(200);
      expect(body).toEqual({ message: expect.stringContaining('deleted') });
      expect((await send('DELETE', `${PERSONAS_PATH}/2`)).status).toBe(404);
      expect((await send('GET', `${PERSONAS_PATH}/2`)).status).toBe(404);
      expect((await send('PUT', `${PERSONAS_PATH}/2`, { name: 'x' })).status).toBe(404);
      expect(await listIds(send)).toEqual([5, 4, 3, 1]);
    });

    it('formats timestamps without a zone, with six fractional digits', async () => {
      const now = () => WHOLE_SECOND + 793.176;
      const { send } = await startServiceWithSender({ dialect, store, seed: false, now });
      const { body } = await send('POST', PERSONAS_PATH, { name: 'x' });
      expect(body.created_at).toBe('2026-11-22T06:29:29.793176');
      expect(body.updated_at).toBe('2026-11-22T06:29:29.793177');
    });

    it('formats timestamps without fractional digits if they are zero', async () => {
      const { send } = await startServiceWithSender({ dialect, store, seed: false, now: () => WHOLE_SECOND });
      const { body } = await send('POST', PERSONAS_PATH, { name: 'x' });
      expect(body.created_at).toBe('2026-11-22T06:29:29');
      const updated = await send('PUT', `${PERSONAS_PATH}/1`, { name: 'y' });
      expect(updated.body.created_at).toBe('2026-11-22T06:29:29');
      expect(updated.body.updated_at).toBe('2026-11-22T06:29:29.000002');
    });

    it('sets updated_at to the UTC time of every write', async () => {
      const { send } = await startServiceWithSender({ dialect, store });
      const before = Date.now() - 1;
      const { body } = await send('PUT', `${PERSONAS_PATH}/1`, { name: 'x' });
      expect(body.created_at).toMatch(NAIVE_TIMESTAMP);
      expect(Date.parse(`${body.updated_at}Z`)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(`${body.updated_at}Z`)).toBeLessThanOrEqual(Date.now() + 1);
    });

    it('lists by updated_at descending, so that a write between two pages shifts rows', async () => {
      const { send } = await startServiceWithSender({ dialect, store });
      expect(await listIds(send)).toEqual([5, 4, 3, 2, 1]);
      expect(await listIds(send, '?page=1&per_page=2')).toEqual([5, 4]);
      await send('PUT', `${PERSONAS_PATH}/1`, { name: 'moved to the front' });
      expect(await listIds(send, '?page=2&per_page=2')).toEqual([4, 3]);
      expect(await listIds(send)).toEqual([1, 5, 4, 3, 2]);
    });

    it('accepts every built-in field', async () => {
      const { send } = await startServiceWithSender({ dialect, store });
      const { body } = await send('GET', `${PERSONAS_PATH}/1`);
      const lists = ['interests', 'personal_values', 'attitudes', 'opinions'];
      expect(Object.keys(body.psychographic as Json)).toEqual(
        expect.arrayContaining([...lists, 'lifestyle', 'personality']),
      );
      expect(body.behavioral).toMatchObject({
        browsing_habits: expect.any(Array),
        purchase_history: expect.any(Array),
        brand_interactions: expect.any(Array),
        device_usage: expect.any(Object),
        social_media_activity: expect.any(Object),
        content_consumption: expect.any(Object),
      });
      expect(Object.values(body.contextual as Json).every((value) => value !== null)).toBe(true);
      for (const category of ['psychographic', 'behavioral', 'contextual']) {
        const { id: _, persona_id: __, ...fields } = body[category] as Json;
        expect((await send('POST', PERSONAS_PATH, { name: 'copy', [category]: fields })).status).toBe(201);
      }
    });

    it('fails with 500 for a page number or an id over 64 bits, and with 404 for the largest id', async () => {
      const { send } = await startServiceWithSender({ dialect, store });
      const statuses = async (path: string) => [
        (await send('GET', path)).status,
        (await send('PUT', path, { name: 'x' })).status,
        (await send('DELETE', path)).status,
      ];
      const getStatus = async (path: string) => (await send('GET', path)).status;
      expect(await getStatus(`${PERSONAS_PATH}?page=${10n ** 20n}`)).toBe(500);
      expect(await getStatus(`${PERSONAS_PATH}?page=${2n ** 62n}`)).toBe(500); // the offset exceeds 64 bits
      expect(await getStatus(`${PERSONAS_PATH}?page=${10n ** 17n}`)).toBe(200);
      expect(await statuses(`${PERSONAS_PATH}/${2n ** 63n}`)).toEqual([500, 500, 500]);
      expect(await statuses(`${PERSONAS_PATH}/${2n ** 63n - 1n}`)).toEqual([404, 404, 404]);
      expect(await statuses(`${PERSONAS_PATH}/${2n ** 53n + 1n}`)).toEqual([404, 404, 404]);
    });

    it('checks the body before it looks for the persona', async () => {
      const { send } = await startServiceWithSender({ dialect, store });
      for (const id of [99999, 2n ** 63n]) {
        expect((await send('PUT', `${PERSONAS_PATH}/${id}`, {})).status).toBe(400);
        expect((await send('PUT', `${PERSONAS_PATH}/${id}`, { contextual: 'x' })).status).toBe(400);
        expect((await send('PUT', `${PERSONAS_PATH}/${id}`, '{')).status).toBe(500);
      }
    });

    it('gives the id of the newest persona again after its deletion, and no other id', async () => {
      const { send } = await startServiceWithSender({ dialect, store });
      const create = async () => (await send('POST', PERSONAS_PATH, { name: 'x' })).body.id;
      await send('DELETE', `${PERSONAS_PATH}/5`);
      expect(await create()).toBe(5);
      await send('DELETE', `${PERSONAS_PATH}/2`);
      expect(await create()).toBe(6);
      for (const id of [5, 6]) await send('DELETE', `${PERSONAS_PATH}/${id}`);
      expect(await create()).toBe(5);
    });
  },
);
