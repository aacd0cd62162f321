import { type PersonaClient, type PersonaEvents, PersonaValidationError } from 'persona-client';
import { expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { NO_BACKOFF, startService } from '../../support/service.js';

function recordCallEvents(client: PersonaClient) {
  const started: PersonaEvents['callStart'][] = [];
  const ended: PersonaEvents['callEnd'][] = [];
  client.on('callStart', (event) => started.push(event));
  client.on('callEnd', (event) => ended.push(event));
  return { started, ended };
}

it('emits callStart synchronously, and callEnd once', async () => {
  const { connect } = await startService();
  const client = connect();
  const { started, ended } = recordCallEvents(client);
  const result = client.withMeta.personas.get(1);
  expect(started).toMatchObject([{ callId: 1, call: 'personas.get' }]);
  expect(ended).toEqual([]);
  const { meta } = await result;
  expect(ended).toEqual([{ ...started[0], durationMs: expect.any(Number), attempts: 1, source: 'network' }]);
  expect(started[0]?.requestId).toBe(meta.requestId);
});

it('callEnd has the source of the result, or the error code', async () => {
  const { connect, service } = await startService();
  const client = connect({ retry: NO_BACKOFF, breaker: false });
  const { ended } = recordCallEvents(client);
  await Promise.all([client.personas.get(1), client.personas.get(1)]);
  await client.personas.get(1);
  await client.personas.get(99).catch(() => {});
  service.faults.add({ status: 503 });
  const lastKnown = { id: 2, name: 'Last Known', created_at: '', updated_at: '' };
  await client.personas.get(2, { fallback: () => lastKnown });
  await client.personas.get(2, { fallback: () => Promise.reject(new RangeError('mine')) }).catch(() => {});
  await client.personas.get(2, { signal: AbortSignal.abort() }).catch(() => {});
  expect(ended.map(({ source, error, attempts }) => [source ?? error, attempts])).toEqual([
    ['network', 1],
    ['deduplicated', 0],
    ['cache', 0],
    ['not_found', 1],
    ['fallback', 4],
    [undefined, 4],
    ['aborted', 0],
  ]);
});

it('does not add to the timeline of an ended call while others share its request', async () => {
  const { connect, service } = await startService();
  const client = connect({ retry: { limit: 5, backoffMs: 1 }, dialect: 'subresource' });
  service.faults.add({ delayMs: 60, status: 503, times: 2 });
  const lastKnown = { id: 1, name: 'Last Known', created_at: '', updated_at: '' };
  const timedOut = client.withMeta.personas.get(1, { deadlineMs: 30, fallback: () => lastKnown });
  const deduplicated = client.personas.get(1);
  const { meta } = await timedOut;
  const before = structuredClone(meta.timeline);
  expect((await deduplicated).id).toBe(1);
  expect(service.requests.length).toBeGreaterThan(1);
  expect(meta.timeline).toEqual(before);
});

it('a login event has the request id that the application sets in headers', async () => {
  const { connect, service } = await startService({ auth: { users: { admin: 'secret' } } });
  const client = connect({ headers: { 'X-Request-Id': 'mine' } });
  const { started } = recordCallEvents(client);
  await client.auth.login({ username: 'admin', password: 'secret' });
  expect(started.map(({ requestId }) => requestId)).toEqual(['mine']);
  expect(service.requests[0]?.headers['x-request-id']).toBe('mine');
});

it('emits no event for invalid input', async () => {
  const { connect } = await startService();
  const client = connect();
  const { started, ended } = recordCallEvents(client);
  await expectRejection(PersonaValidationError, client.personas.get(-1));
  expect([...started, ...ended]).toEqual([]);
});

it('gives each call its own callId, logins included, even if they share a request id', async () => {
  const { connect } = await startService({ auth: { users: { admin: 'secret' } } });
  const client = connect({ auth: { username: 'admin', password: 'secret' }, dialect: 'subresource' });
  const { started, ended } = recordCallEvents(client);
  const responseCallIds = new Set<number>();
  client.on('response', ({ callId }) => responseCallIds.add(callId));
  const shared = { headers: { 'x-request-id': 'shared' } };
  await Promise.allSettled([
    client.personas.get(1, shared),
    client.as({ token: 'bad' }).personas.get(2, shared),
  ]);
  await client.auth.login({ username: 'admin', password: 'wrong' }).catch(() => {});
  expect(started.map(({ call }) => call).toSorted()).toEqual([
    'auth.login',
    'auth.login',
    'personas.get',
    'personas.get',
  ]);
  expect(started.map(({ callId }) => callId)).toEqual([1, 2, 3, 4]);
  expect(ended.map(({ callId }) => callId).toSorted()).toEqual([1, 2, 3, 4]);
  expect([...responseCallIds].toSorted()).toEqual([1, 2, 3, 4]);
  expect(ended.find(({ callId }) => callId === 4)?.error).toBe('credentials_rejected');
});
