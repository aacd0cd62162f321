import { http } from 'msw';
import { setupServer } from 'msw/node';
import { createPersonaService, reset, toMswHandlers } from 'persona-client/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { report } from './report.js';

const service = createPersonaService({ seed: 12 }); // twelve personas, the same in every run
const server = setupServer(...toMswHandlers(service, { http, baseUrl: 'https://personas.example.com' }));

beforeAll(() => server.listen());
afterAll(async () => {
  server.close();
  await service.close();
});

test('lists the most recently updated personas', async () => {
  expect(await report()).toMatch(/^12 personas, last updated: [^,]+, [^,]+, [^,]+$/);
});

test('survives a broken connection', async () => {
  service.clearRequests();
  service.faults.add(reset({ times: 1 }));
  expect(await report()).toContain('12 personas');
  expect(service.requests).toHaveLength(2);
});
