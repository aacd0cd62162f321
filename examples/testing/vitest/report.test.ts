import { http } from 'msw';
import { setupServer } from 'msw/node';
import { createPersonaService, reset, toMswHandlers } from 'persona-client/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { report } from './report.js';

const service = createPersonaService({ seed: 12 }); // the same twelve in every run
const server = setupServer(...toMswHandlers(service, { http, baseUrl: 'https://personas.example.com' }));

beforeAll(() => server.listen());
afterAll(async () => {
  server.close();
  await service.close();
});

test('names those changed last', async () => {
  expect(await report()).toMatch(/^12 personas, last changed: [^,]+, [^,]+, [^,]+$/);
});

test('outlives a connection that breaks', async () => {
  service.clearRequests();
  service.faults.add(reset({ times: 1 }));
  expect(await report()).toContain('12 personas');
  expect(service.requests).toHaveLength(2);
});
