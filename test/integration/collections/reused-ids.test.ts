import { PersonaResponseError } from 'persona-client';
import { createPrivacy, type PurgeCandidate } from 'persona-client/collections';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { ListedService, type ListedServiceOptions } from '../../support/listed-service.js';
import { createTestClient, DIALECTS } from '../../support/service.js';

const FUTURE = new Date('2099-01-01');

/** Creates personas 1 to `count`. `fetch` wraps the service. */
function setup(
  options: ListedServiceOptions,
  count: number,
  wrapFetch: (service: ListedService) => typeof fetch = (service) => service.fetch,
) {
  const service = new ListedService(options);
  for (let index = 0; index < count; index++) service.create('Ada');
  const { dialect } = options;
  const client = createTestClient({
    fetch: wrapFetch(service),
    dialect,
    retry: { backoffMs: 1 },
    breaker: false,
  });
  return { service, client, privacy: createPrivacy(client) };
}

/** Calls `onDelete` before each DELETE request reaches the service. If it returns an error, the response is lost. */
const interceptDeletes =
  (onDelete: (service: ListedService, path: string) => Error | undefined) =>
  (service: ListedService): typeof fetch =>
  async (input, init) => {
    if (init?.method !== 'DELETE') return service.fetch(input, init);
    const error = onDelete(service, new URL(String(input)).pathname);
    if (error) throw error;
    return service.fetch(input, init);
  };

const lostResponse = () => new TypeError('fetch failed', { cause: new Error('socket hang up') });

/** Deletes the persona without a response, then gives its id to another one. */
const loseFirstDelete = () => {
  let deletions = 0;
  return interceptDeletes((service, path) => {
    if (++deletions > 1) return undefined;
    service.delete(Number(path.split('/').at(-1)));
    service.create('Another');
    return lostResponse();
  });
};

describe.each(DIALECTS)('erase, %s', (dialect) => {
  it('keeps a persona that got the id after a deletion without a response', async () => {
    const { service, privacy } = setup({ dialect }, 3, loseFirstDelete());
    const receipt = await privacy.erase(3);
    expect(receipt).toMatchObject({ id: 3, existed: true, verified_at: expect.any(String) });
    expect(service.rows.map(({ id, name }) => `${id} ${name}`)).toEqual(['3 Another', '2 Ada', '1 Ada']);
  });

  it('repeats a deletion without a response while the same persona exists', async () => {
    let deletions = 0;
    const { service, privacy } = setup(
      { dialect },
      3,
      interceptDeletes(() => (++deletions < 3 ? lostResponse() : undefined)),
    );
    expect(await privacy.erase(3)).toMatchObject({ existed: true, verified_at: expect.any(String) });
    expect(service.rows.map(({ id }) => id)).toEqual([2, 1]);
    expect(deletions).toBe(3);
  });

  it('fails if every deletion fails', async () => {
    const { service, privacy } = setup({ dialect }, 3, interceptDeletes(lostResponse));
    await expect(privacy.erase(3)).rejects.toMatchObject({ code: 'connection_failed', maybeApplied: true });
    expect(service.rows).toHaveLength(3);
  });

  it('with createdAt keeps another persona', async () => {
    const { service, client, privacy } = setup({ dialect }, 3);
    const { created_at: createdAt } = await client.personas.get(3);
    service.delete(3);
    service.create('Another');
    expect(await privacy.erase(3, { createdAt })).toMatchObject({ existed: false });
    expect(service.rows).toHaveLength(3);
    expect(service.requests.some((line) => line.startsWith('DELETE'))).toBe(false);
    const current = await client.personas.get(3, { cache: 'no-store' });
    expect(await privacy.erase(3, { createdAt: current.created_at })).toMatchObject({ existed: true });
  });

  it('sends no deletion if the persona does not exist', async () => {
    const { service, privacy } = setup({ dialect }, 3);
    expect(await privacy.erase(4)).toEqual({
      id: 4,
      existed: false,
      erased_at: expect.any(String),
      verified_at: expect.any(String),
      request_ids: [expect.any(String)],
    });
    expect(service.requests).toEqual(['GET /api/v1/personas/4']);
  });

  it('deletes a persona that the service cannot return', async () => {
    const { service, privacy } = setup({ dialect }, 0);
    service.create('Hidden', true);
    expect(await privacy.erase(1)).toMatchObject({ existed: true, verified_at: expect.any(String) });
    expect(service.rows).toEqual([]);
  });

  it('deletes for a client that may not read, without verification', async () => {
    const { service } = setup({ dialect }, 1);
    const client = createTestClient({
      fetch: service.fetch,
      dialect,
      access: { allow: ['personas.delete'] },
    });
    expect(await createPrivacy(client).erase(1, { verify: false })).toMatchObject({ existed: true });
    expect(service.rows).toEqual([]);
  });

  it('throws if the service still returns the same persona', async () => {
    const { privacy } = setup(
      { dialect },
      1,
      (service) => async (input, init) =>
        init?.method === 'DELETE' ? Response.json({ message: 'ok' }) : service.fetch(input, init),
    );
    await expectRejection(PersonaResponseError, privacy.erase(1));
  });
});

describe.each(DIALECTS)('purge, %s', (dialect) => {
  it('keeps a persona that got the id of a candidate, and counts the candidate as missing', async () => {
    let isReplaced = false;
    const { service, privacy } = setup({ dialect }, 3, (list) => async (input, init) => {
      if (!isReplaced && String(input).endsWith('/personas/3')) {
        isReplaced = true;
        list.delete(3);
        list.create('Another');
      }
      return list.fetch(input, init);
    });
    const candidates: PurgeCandidate[] = [];
    const report = await privacy.purge({
      olderThan: FUTURE,
      onPersona: (item) => void candidates.push(item),
    });
    expect(report).toMatchObject({ matched: 3, deleted: 2, missing: 1, failed: 0 });
    expect(candidates).toContainEqual({ id: 3, outcome: 'missing' });
    expect(service.rows.map(({ name }) => name)).toEqual(['Another']);
  });

  it('keeps a persona that got the id after a deletion without a response', async () => {
    const { service, privacy } = setup({ dialect }, 3, loseFirstDelete());
    const report = await privacy.purge({ olderThan: FUTURE, concurrency: 1 });
    expect(report).toMatchObject({ deleted: 3, missing: 0, failed: 0 });
    expect(service.rows.map(({ id, name }) => `${id} ${name}`)).toEqual(['3 Another']);
  });

  it('is not complete if the list lacks rows, also in a dry run', async () => {
    const { service, privacy } = setup({ dialect }, 6);
    for (let index = 0; index < 4; index++) service.create('Hidden', true);
    for (const dryRun of [true, false])
      expect(await privacy.purge({ olderThan: FUTURE, dryRun })).toMatchObject({
        scanned: 6,
        matched: 6,
        unseen: 4,
        complete: false,
        incompleteReason: 'hidden',
      });
  });

  it('is not complete if a page is empty', async () => {
    const { privacy } = setup(
      { dialect, rewritePage: (body, { page }) => (page === 3 ? { ...body, personas: [] } : body) },
      500,
    );
    expect(await privacy.purge({ olderThan: FUTURE, dryRun: true })).toMatchObject({
      scanned: 400,
      unseen: 100,
      complete: false,
    });
  });
});
