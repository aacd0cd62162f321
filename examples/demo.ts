/**
 * The integration guide, walked through with real calls over HTTP.
 *
 *   npm run demo
 *
 * It starts a complete Persona Service on SQLite, talks to it, takes it down and up again, and removes what it
 * made. Everything it says is asserted first: a surprise ends it with exit code 1.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Persona,
  PersonaCircuitOpenError,
  PersonaClient,
  PersonaNotFoundError,
  type PersonaPage,
} from 'persona-client';
import { createPersonaService, fail, type PersonaService } from 'persona-client/testing';
import { chapter, note, say, table } from './demo/narrator.js';

const CREDENTIALS = { username: 'admin', password: 'your_password' };
const CACHE_TTL_MS = 1_000;
const TIMER_SLACK_MS = 20; // timers may fire a little early
const FAIL_MAX = 5;
const OUTAGE = fail({ body: '<h1>503 Service Unavailable</h1>', match: { path: /^\/api\// } });

/** Short waits, so that the demo is short. The defaults are those of the guide. */
const clientOf = (baseUrl: string) =>
  new PersonaClient({
    baseUrl,
    retry: { limit: 3, backoffMs: 100 },
    breaker: { failMax: FAIL_MAX, resetTimeoutMs: 1_500 },
    cache: { ttlMs: CACHE_TTL_MS },
  });

async function main(): Promise<void> {
  const startedAt = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'persona-demo-'));
  const service = createPersonaService({
    store: { sqlite: join(folder, 'personas.sqlite') },
    auth: { users: { [CREDENTIALS.username]: CREDENTIALS.password } },
  });
  try {
    const { url } = await service.listen({ port: 0 });
    say(`Persona Service at ${url} (dialect ${service.dialect}, auth on, store SQLite)`);

    using client = clientOf(url);
    const tally = watch(client);

    await checkHealth(client);
    await signIn(client);
    await listPages(client);
    await readOne(client);
    const persona = await createTheGuidesPersona(client);
    await updateTwoParts(client, persona.id);
    await readTwice(client, service, persona.id);
    const retryAfterMs = await sitOutAnOutage(client, service, tally, persona.id);
    await recover(client, service, tally, { id: persona.id, retryAfterMs });
    await remove(client, persona.id);

    chapter('Figures');
    assert.equal(tally.requests, service.requests.length, 'the service received what the client sent');
    table({
      'requests sent, as the service counted them': service.requests.length,
      'cache hits': tally.hits,
      'stale reads': tally.stale,
      retries: tally.retries,
      'circuit openings': tally.circuit.filter((state) => state === 'open').length,
      'seconds taken': ((performance.now() - startedAt) / 1000).toFixed(1),
    });
  } finally {
    await service.close();
    await rm(folder, { recursive: true });
  }
}

/** Counts what the client reports, and tells the rare events as they come. */
function watch(client: PersonaClient) {
  const tally = { requests: 0, hits: 0, stale: 0, retries: 0, circuit: [] as string[] };
  client.on('request', () => {
    tally.requests++;
  });
  client.on('cache', ({ outcome }) => {
    if (outcome === 'hit') tally.hits++;
    if (outcome === 'stale') tally.stale++;
  });
  client.on('retry', ({ call, error: reason, status, delayMs: waitMs }) => {
    tally.retries++;
    note(`${call}: ${status ?? reason}, to be tried again in ${waitMs.toFixed(0)} ms`);
  });
  client.on('circuit', ({ state, failures }) => {
    tally.circuit.push(state);
    note(`circuit ${state}${state === 'open' ? ` after ${failures} failed attempts in a row` : ''}`);
  });
  client.on('token', ({ action, ok }) => note(`${action} ${ok ? 'succeeded' : 'failed'}`));
  return tally;
}

type Tally = ReturnType<typeof watch>;

async function checkHealth(client: PersonaClient): Promise<void> {
  chapter('Is the service there?');
  const { status } = await client.health.check();
  assert.ok(['ok', 'healthy'].includes(status));
  say(`It says "${status}".`);
}

async function signIn(client: PersonaClient): Promise<void> {
  chapter('Sign in');
  const session = await client.auth.login(CREDENTIALS);
  assert.ok(session.signedIn && session.refreshable && session.expiresAt !== undefined);
  say(`Signed in as ${CREDENTIALS.username}; the token ends at ${session.expiresAt} and can be refreshed.`);
}

async function listPages(client: PersonaClient): Promise<void> {
  chapter('List, page by page');
  const first = await client.personas.list({ page: 1, perPage: 2 });
  let listed = 0;
  for (let page: PersonaPage | undefined = first; page; page = await page.nextPage()) {
    say(`page ${page.page} of ${page.pages}: ${page.items.map(({ name }) => name).join(', ')}`);
    listed += page.items.length;
  }
  assert.equal(listed, first.total);
  say(`Found ${first.total} personas.`);
}

async function readOne(client: PersonaClient): Promise<void> {
  chapter('Read one');
  const persona = await client.personas.get(1);
  assert.equal(persona.id, 1);
  say(`Persona 1 is ${persona.name}, last updated ${persona.updated_at}.`);
}

async function createTheGuidesPersona(client: PersonaClient): Promise<Persona> {
  chapter("Create the guide's persona");
  const created = await client.personas.create({
    name: 'Example User',
    demographic: { country: 'US', city: 'San Francisco', language: 'en-US' },
    psychographic: { interests: ['technology', 'travel', 'cooking'] },
  });
  assert.equal(created.demographic?.city, 'San Francisco');
  say(`Created persona with ID: ${created.id}`);
  return created;
}

async function updateTwoParts(client: PersonaClient, id: number): Promise<void> {
  chapter('Update demographic and psychographic data');
  const demographic = await client.demographic.update(id, { city: 'Toronto', country: 'CA' });
  assert.equal(demographic.city, 'Toronto');
  assert.equal(demographic.language, 'en-US');
  say(`City is ${demographic.city} now; the language, left out, is still ${demographic.language}.`);

  const psychographic = await client.psychographic.update(id, {
    interests: ['technology', 'music', 'hiking'],
  });
  assert.deepEqual(psychographic.interests, ['technology', 'music', 'hiking']);
  say(`Interests are ${psychographic.interests?.join(', ')}.`);
}

async function readTwice(client: PersonaClient, service: PersonaService, id: number): Promise<void> {
  chapter('Read twice: once from the service, once from the cache');
  const first = await client.withMeta.personas.get(id);
  assert.equal(first.meta.source, 'network');
  say(`First read: source ${first.meta.source}, status ${first.meta.status}.`);

  const sent = service.requests.length;
  const second = await client.withMeta.personas.get(id);
  assert.equal(second.meta.source, 'cache');
  assert.equal(service.requests.length, sent);
  assert.deepEqual(second.data, first.data);
  say(`Second read: source ${second.meta.source}, age ${second.meta.ageMs.toFixed(1)} ms, no request sent.`);
}

/** @returns how long the circuit still stays open, in milliseconds. */
async function sitOutAnOutage(
  client: PersonaClient,
  service: PersonaService,
  tally: Tally,
  id: number,
): Promise<number> {
  chapter('An outage');
  await sleep(CACHE_TTL_MS + TIMER_SLACK_MS);
  service.faults.add(OUTAGE);
  const sent = service.requests.length;
  say(`What was read is older than its TTL of ${CACHE_TTL_MS} ms, and the service answers ${OUTAGE.status}.`);

  const patient = await client.withMeta.personas.get(id);
  assert.equal(patient.meta.source, 'stale');
  assert.equal(tally.retries, 3);
  say(`Tried 4 times, then answered from memory: source ${patient.meta.source}, age ${age(patient)}.`);

  await client.personas.get(id);
  assert.equal(client.circuit, 'open');
  assert.equal(service.requests.length - sent, FAIL_MAX);
  say(`Failure ${FAIL_MAX} opened the circuit: from here on nothing is sent.`);

  const quick = await client.withMeta.personas.get(id);
  assert.equal(quick.meta.source, 'stale');
  assert.equal(service.requests.length - sent, FAIL_MAX);
  say(`Reads go on without a request: source ${quick.meta.source}, age ${age(quick)}.`);

  const refused: unknown = await client.personas.update(id, { name: 'Renamed' }).catch((error) => error);
  assert.ok(refused instanceof PersonaCircuitOpenError);
  assert.equal(refused.maybeApplied, false);
  say(`A write says so: ${refused.code}, maybeApplied ${refused.maybeApplied}.`);
  return refused.retryAfterMs;
}

const age = ({ meta }: { meta: { ageMs: number } }): string => `${(meta.ageMs / 1000).toFixed(1)} s`;

async function recover(
  client: PersonaClient,
  service: PersonaService,
  tally: Tally,
  { id, retryAfterMs }: { id: number; retryAfterMs: number },
): Promise<void> {
  chapter('The service recovers');
  service.faults.clear();
  say(`It is up again; the circuit lets one request through in ${(retryAfterMs / 1000).toFixed(1)} s.`);
  await sleep(retryAfterMs + TIMER_SLACK_MS);

  const { meta } = await client.withMeta.personas.get(id);
  assert.equal(meta.source, 'network');
  assert.deepEqual(tally.circuit, ['open', 'half-open', 'closed']);
  say(`Read again: source ${meta.source}, status ${meta.status}.`);
}

async function remove(client: PersonaClient, id: number): Promise<void> {
  chapter('Delete');
  await client.personas.delete(id);
  const missing: unknown = await client.personas.get(id).catch((error) => error);
  assert.ok(missing instanceof PersonaNotFoundError);
  say(`Persona ${id} is gone: reading it gives ${missing.code}.`);
}

await main();
