const { PersonaClient, PersonaServerError } = require('persona-client');
const { createPersonaService, createVirtualClock, fail } = require('persona-client/testing');
const { greeting } = require('./greeting.js');

const SEED = [{ name: 'Ada', psychographic: { interests: ['chess'] } }, { name: 'Grace' }];
let clock;
let service;
let client;

beforeEach(() => {
  clock = createVirtualClock('2026-05-01T09:00:00Z');
  service = createPersonaService({ seed: SEED, now: clock.now, dialect: 'attributes' });
  client = new PersonaClient({ fetch: service.fetch, retry: { backoffMs: 1 } });
});
afterEach(async () => {
  client.close();
  await service.close();
});

test('mentions the first interest', async () => {
  expect(await greeting(client, 1)).toBe('Hello Ada, how is the chess?');
  expect(await greeting(client, 2)).toBe('Hello Grace');
});

test('sends one request for two reads', async () => {
  await greeting(client, 1);
  await greeting(client, 1);
  expect(service.requests).toMatchObject([{ method: 'GET', path: '/api/v1/personas/1', status: 200 }]);
});

test.each([1, 2, 3])('survives %i failures in a row', async (times) => {
  service.faults.add(fail({ status: 503, times }));
  expect(await greeting(client, 1)).toContain('Ada');
  expect(service.requests).toHaveLength(times + 1);
});

test('fails if the service fails', async () => {
  service.faults.add(fail({ status: 500 }));
  await expect(greeting(client, 1)).rejects.toBeInstanceOf(PersonaServerError);
});

test('creates personas with the time of the virtual clock', async () => {
  clock.advance(30_000);
  expect(await client.personas.create({ name: 'Joan' })).toMatchObject({
    created_at: '2026-05-01T09:00:30Z',
  });
});
