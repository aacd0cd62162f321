import { PersonaNotFoundError, PersonaServerError } from 'persona-client';
import { expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { startListService } from '../../support/list-service.js';

const SUBRESOURCE_KINDS = ['published', 'repaired'] as const;
const LISTS = { browsing_habits: ['news', 'docs'] };
const EMPTY = { device_usage: null, social_media_activity: null };

/** A service with a persona whose behavioral has lists only. */
async function start(kind: (typeof SUBRESOURCE_KINDS)[number]) {
  const service = startListService(kind);
  const { id } = await service.connect().personas.create({ name: 'Ada' });
  await service.connect().behavioral.update(id, LISTS);
  return { ...service, id };
}

it.each(SUBRESOURCE_KINDS)('writing back unset maps leaves the persona readable: %s', async (kind) => {
  const { id, connect, readStored } = await start(kind);
  const client = connect();
  const persona = await client.personas.get(id);
  await client.personas.update(id, { ...persona, name: 'Grace' });
  await client.behavioral.update(id, await client.behavioral.get(id));
  await client.behavioral.update(id, { ...EMPTY, purchase_history: ['books'] });
  await client.personas.update(id, { behavioral: EMPTY });
  expect((await connect().personas.list()).items).toHaveLength(1);
  expect((await connect().personas.get(id)).behavioral).toEqual({
    ...persona.behavioral,
    purchase_history: ['books'],
  });
  expect(await readStored(id, 'behavioral')).toEqual({ ...LISTS, purchase_history: ['books'] });
});

it.each(SUBRESOURCE_KINDS)('an update of unset maps alone sends no write: %s', async (kind) => {
  const { id, connect, requestsOf } = await start(kind);
  const client = connect({ dialect: 'subresource', redact: ['behavioral.browsing_habits'] });
  const requests = await requestsOf(async () => {
    const { data, meta } = await client.withMeta.behavioral.update(id, EMPTY);
    expect(data).toMatchObject(EMPTY);
    expect(data).not.toHaveProperty('browsing_habits');
    expect(meta.source).toBe('built-in');
  });
  expect(requests).toEqual([`GET /personas/${id}/behavioral`]);
});

it('null clears a map that is set', async () => {
  const { id, connect } = await start('repaired');
  await connect().behavioral.update(id, { device_usage: { phone: 'all day' } });
  await connect().behavioral.update(id, EMPTY);
  expect((await connect().behavioral.get(id)).device_usage).toBeNull();
});

it('the error of a category that cannot be read says that nothing was written, and to leave out the maps', async () => {
  const { id, connect } = await start('published');
  const client = connect();
  await client.behavioral.update(id, { device_usage: { phone: 'all day' } }).catch(() => undefined);
  const failed = client.behavioral.update(id, { ...EMPTY, purchase_history: ['books'] });
  expect(await expectRejection(PersonaServerError, failed)).toMatchObject({
    maybeApplied: false,
    message: expect.stringMatching(/Leave out the maps that are null\. Nothing was written\.$/),
  });
  const missing = client.behavioral.update(id + 1, EMPTY);
  expect((await expectRejection(PersonaNotFoundError, missing)).message).not.toContain('Leave out');
});

it('an update with a null map succeeds after the service has become one of the other dialect', async () => {
  const { id, connect, become, readStored } = await start('repaired');
  const client = connect();
  await client.personas.get(id);
  become('attributes');
  await client.personas.update(id, { behavioral: { ...EMPTY, purchase_history: ['books'] } });
  expect(await readStored(id, 'behavioral')).toMatchObject({ ...LISTS, purchase_history: ['books'] });
});
