import { type PersonaClient, type PersonaEvents, PersonaValidationError } from 'persona-client';
import { expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { AT_ONCE, serve } from '../../support/service.js';

function listen(client: PersonaClient) {
  const begun: PersonaEvents['callStart'][] = [];
  const ended: PersonaEvents['callEnd'][] = [];
  client.on('callStart', (event) => begun.push(event));
  client.on('callEnd', (event) => ended.push(event));
  return { begun, ended };
}

it('a call begins in the turn of whoever makes it, and ends once', async () => {
  const { connect } = await serve();
  const client = connect();
  const { begun, ended } = listen(client);
  const reading = client.withMeta.personas.get(1);
  expect(begun).toMatchObject([{ callId: 1, call: 'personas.get' }]);
  expect(ended).toEqual([]);
  const { meta } = await reading;
  expect(ended).toEqual([{ ...begun[0], durationMs: expect.any(Number), attempts: 1, source: 'network' }]);
  expect(begun[0]?.requestId).toBe(meta.requestId);
});

it('its end says where the result came from, or which error it is', async () => {
  const { connect, service } = await serve();
  const client = connect({ retry: AT_ONCE, breaker: false });
  const { ended } = listen(client);
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

it('what was told of a call stays as it is while others go on with its request', async () => {
  const { connect, service } = await serve();
  const client = connect({ retry: { limit: 5, backoffMs: 1 }, dialect: 'subresource' });
  service.faults.add({ delayMs: 60, status: 503, times: 2 });
  const lastKnown = { id: 1, name: 'Last Known', created_at: '', updated_at: '' };
  const gaveUp = client.withMeta.personas.get(1, { deadlineMs: 30, fallback: () => lastKnown });
  const joined = client.personas.get(1);
  const { meta } = await gaveUp;
  const told = structuredClone(meta.timeline);
  expect((await joined).id).toBe(1);
  expect(service.requests.length).toBeGreaterThan(1);
  expect(meta.timeline).toEqual(told);
});

it('a sign-in with a request id of the application tells the one that it sends', async () => {
  const { connect, service } = await serve({ auth: { users: { admin: 'secret' } } });
  const client = connect({ headers: { 'X-Request-Id': 'mine' } });
  const { begun } = listen(client);
  await client.auth.login({ username: 'admin', password: 'secret' });
  expect(begun.map(({ requestId }) => requestId)).toEqual(['mine']);
  expect(service.requests[0]?.headers['x-request-id']).toBe('mine');
});

it('what is refused for its input never began', async () => {
  const { connect } = await serve();
  const client = connect();
  const { begun, ended } = listen(client);
  await failureOf(PersonaValidationError, client.personas.get(-1));
  expect([...begun, ...ended]).toEqual([]);
});

it('signing in is a call too, and each has an id of its own, whatever its request id', async () => {
  const { connect } = await serve({ auth: { users: { admin: 'secret' } } });
  const client = connect({ auth: { username: 'admin', password: 'secret' }, dialect: 'subresource' });
  const { begun, ended } = listen(client);
  const ids = new Set<number>();
  client.on('response', ({ callId }) => ids.add(callId));
  const shared = { headers: { 'x-request-id': 'shared' } };
  await Promise.allSettled([
    client.personas.get(1, shared),
    client.as({ token: 'bad' }).personas.get(2, shared),
  ]);
  await client.auth.login({ username: 'admin', password: 'wrong' }).catch(() => {});
  expect(begun.map(({ call }) => call).toSorted()).toEqual([
    'auth.login',
    'auth.login',
    'personas.get',
    'personas.get',
  ]);
  expect(begun.map(({ callId }) => callId)).toEqual([1, 2, 3, 4]);
  expect(ended.map(({ callId }) => callId).toSorted()).toEqual([1, 2, 3, 4]);
  expect([...ids].toSorted()).toEqual([1, 2, 3, 4]);
  expect(ended.find(({ callId }) => callId === 4)?.error).toBe('credentials_rejected');
});
