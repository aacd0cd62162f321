/**
 * Runs the steps of the integration guide with real HTTP calls.
 *
 *   npm run demo
 *
 * Starts a Persona Service with SQLite, simulates an outage, and deletes everything that it created.
 * The demo asserts every result before printing it. A failed assertion ends the demo with exit code 1.
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

/** Creates a client with short times, so that the demo is short. */
const createClient = (baseUrl: string) =>
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

    using client = createClient(url);
    const counts = countEvents(client);

    await checkHealth(client);
    await logIn(client);
    await listPages(client);
    await readOne(client);
    const persona = await createPersona(client);
    await updateCategories(client, persona.id);
    await readTwice(client, service, persona.id);
    const retryAfterMs = await simulateOutage(client, service, counts, persona.id);
    await recover(client, service, counts, { id: persona.id, retryAfterMs });
    await remove(client, persona.id);

    chapter('Statistics');
    assert.equal(
      counts.requests,
      service.requests.length,
      'the service receives every request of the client',
    );
    table({
      'requests, as counted by the service': service.requests.length,
      'cache hits': counts.hits,
      'stale reads': counts.stale,
      retries: counts.retries,
      'circuit openings': counts.circuit.filter((state) => state === 'open').length,
      seconds: ((performance.now() - startedAt) / 1000).toFixed(1),
    });
  } finally {
    await service.close();
    await rm(folder, { recursive: true });
  }
}

/** Counts events, and prints retries, circuit changes, and token events. */
function countEvents(client: PersonaClient) {
  const counts = { requests: 0, hits: 0, stale: 0, retries: 0, circuit: [] as string[] };
  client.on('request', () => {
    counts.requests++;
  });
  client.on('cache', ({ outcome }) => {
    if (outcome === 'hit') counts.hits++;
    if (outcome === 'stale') counts.stale++;
  });
  client.on('retry', ({ call, error, status, delayMs }) => {
    counts.retries++;
    note(`${call}: ${status ?? error}, retry in ${delayMs.toFixed(0)} ms`);
  });
  client.on('circuit', ({ state, failures }) => {
    counts.circuit.push(state);
    note(`circuit ${state}${state === 'open' ? ` after ${failures} failed attempts in a row` : ''}`);
  });
  client.on('token', ({ action, ok }) => note(`${action} ${ok ? 'succeeded' : 'failed'}`));
  return counts;
}

type Counts = ReturnType<typeof countEvents>;

async function checkHealth(client: PersonaClient): Promise<void> {
  chapter('Check the health');
  const { status } = await client.health.check();
  assert.ok(['ok', 'healthy'].includes(status));
  say(`The service reports "${status}".`);
}

async function logIn(client: PersonaClient): Promise<void> {
  chapter('Log in');
  const session = await client.auth.login(CREDENTIALS);
  assert.ok(session.isLoggedIn && session.canRefresh && session.expiresAt !== undefined);
  say(
    `Logged in as ${CREDENTIALS.username}. The token expires at ${session.expiresAt} and can be refreshed.`,
  );
}

async function listPages(client: PersonaClient): Promise<void> {
  chapter('List page by page');
  const first = await client.personas.list({ page: 1, perPage: 2 });
  let itemCount = 0;
  for (let page: PersonaPage | undefined = first; page; page = await page.nextPage()) {
    say(`page ${page.page} of ${page.pages}: ${page.items.map(({ name }) => name).join(', ')}`);
    itemCount += page.items.length;
  }
  assert.equal(itemCount, first.total);
  say(`Found ${first.total} personas.`);
}

async function readOne(client: PersonaClient): Promise<void> {
  chapter('Read one');
  const persona = await client.personas.get(1);
  assert.equal(persona.id, 1);
  say(`Persona 1 is ${persona.name}, last updated ${persona.updated_at}.`);
}

async function createPersona(client: PersonaClient): Promise<Persona> {
  chapter('Create a persona');
  const created = await client.personas.create({
    name: 'Example User',
    demographic: { country: 'US', city: 'San Francisco', language: 'en-US' },
    psychographic: { interests: ['technology', 'travel', 'cooking'] },
  });
  assert.equal(created.demographic?.city, 'San Francisco');
  say(`Created persona with ID: ${created.id}`);
  return created;
}

async function updateCategories(client: PersonaClient, id: number): Promise<void> {
  chapter('Update demographic and psychographic data');
  const demographic = await client.demographic.update(id, { city: 'Toronto', country: 'CA' });
  assert.equal(demographic.city, 'Toronto');
  assert.equal(demographic.language, 'en-US');
  say(`The city is now ${demographic.city}. The language was not sent, so it stays ${demographic.language}.`);

  const psychographic = await client.psychographic.update(id, {
    interests: ['technology', 'music', 'hiking'],
  });
  assert.deepEqual(psychographic.interests, ['technology', 'music', 'hiking']);
  say(`Interests are ${psychographic.interests?.join(', ')}.`);
}

async function readTwice(client: PersonaClient, service: PersonaService, id: number): Promise<void> {
  chapter('Read twice: from the service, then from the cache');
  const first = await client.withMeta.personas.get(id);
  assert.equal(first.meta.source, 'network');
  say(`First read: source ${first.meta.source}, status ${first.meta.status}.`);

  const requestsBefore = service.requests.length;
  const second = await client.withMeta.personas.get(id);
  assert.equal(second.meta.source, 'cache');
  assert.equal(service.requests.length, requestsBefore);
  assert.deepEqual(second.data, first.data);
  say(`Second read: source ${second.meta.source}, age ${second.meta.ageMs.toFixed(1)} ms, no request sent.`);
}

/**
 * Simulates an outage until the circuit opens, and reads stale data.
 *
 * @returns how long the circuit stays open, in milliseconds.
 */
async function simulateOutage(
  client: PersonaClient,
  service: PersonaService,
  counts: Counts,
  id: number,
): Promise<number> {
  chapter('An outage');
  await sleep(CACHE_TTL_MS + TIMER_SLACK_MS);
  service.faults.add(OUTAGE);
  const requestsBefore = service.requests.length;
  say(
    `The cached persona is older than its TTL of ${CACHE_TTL_MS} ms, and the service responds with ${OUTAGE.status}.`,
  );

  const staleRead = await client.withMeta.personas.get(id);
  assert.equal(staleRead.meta.source, 'stale');
  assert.equal(counts.retries, 3);
  say(
    `After 4 attempts the read returns stale data: source ${staleRead.meta.source}, age ${formatAge(staleRead)}.`,
  );

  await client.personas.get(id);
  assert.equal(client.circuit, 'open');
  assert.equal(service.requests.length - requestsBefore, FAIL_MAX);
  say(`Failure ${FAIL_MAX} opened the circuit. From now on, nothing is sent.`);

  const immediateRead = await client.withMeta.personas.get(id);
  assert.equal(immediateRead.meta.source, 'stale');
  assert.equal(service.requests.length - requestsBefore, FAIL_MAX);
  say(`Reads work without a request: source ${immediateRead.meta.source}, age ${formatAge(immediateRead)}.`);

  const writeError: unknown = await client.personas.update(id, { name: 'Renamed' }).catch((error) => error);
  assert.ok(writeError instanceof PersonaCircuitOpenError);
  assert.equal(writeError.maybeApplied, false);
  say(`A write fails: ${writeError.code}, maybeApplied ${writeError.maybeApplied}.`);
  return writeError.retryAfterMs;
}

const formatAge = ({ meta }: { meta: { ageMs: number } }): string => `${(meta.ageMs / 1000).toFixed(1)} s`;

async function recover(
  client: PersonaClient,
  service: PersonaService,
  counts: Counts,
  { id, retryAfterMs }: { id: number; retryAfterMs: number },
): Promise<void> {
  chapter('The service recovers');
  service.faults.clear();
  say(`The service is up. The circuit sends a probe request in ${(retryAfterMs / 1000).toFixed(1)} s.`);
  await sleep(retryAfterMs + TIMER_SLACK_MS);

  const { meta } = await client.withMeta.personas.get(id);
  assert.equal(meta.source, 'network');
  assert.deepEqual(counts.circuit, ['open', 'half-open', 'closed']);
  say(`The read succeeds: source ${meta.source}, status ${meta.status}.`);
}

async function remove(client: PersonaClient, id: number): Promise<void> {
  chapter('Delete');
  await client.personas.delete(id);
  const readError: unknown = await client.personas.get(id).catch((error) => error);
  assert.ok(readError instanceof PersonaNotFoundError);
  say(`Persona ${id} is deleted. Reading it fails with ${readError.code}.`);
}

await main();
