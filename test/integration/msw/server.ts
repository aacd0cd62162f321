import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll } from 'vitest';

/** No service runs here. The handlers of a test respond to every request. */
export const BASE = 'https://personas.test';
export const API = `${BASE}/api/v1`;

export const ADA = {
  id: 7,
  name: 'Ada',
  created_at: '2026-11-22T06:29:29',
  updated_at: '2026-11-22T06:29:30.000001',
  demographic: { id: 3, persona_id: 7, city: 'London', age: 36 },
};

/** Runs msw around every test of a file. A request without a handler is an error. */
export function setupMswServer() {
  const server = setupServer();
  beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
  afterEach(() => server.resetHandlers());
  afterAll(() => server.close());
  return server;
}
