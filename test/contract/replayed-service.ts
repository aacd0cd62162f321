import { PersonaClient } from 'persona-client';
import {
  createPersonaService,
  createVirtualClock,
  type Dialect,
  recordFetch,
  replayFetch,
} from 'persona-client/testing';
import { expect } from 'vitest';
import type { ServiceUnderTest } from './context.js';

/** The time of all recordings. The tests run at this time. */
export const RECORDED_AT = '2026-01-01T00:00:00Z';

const CREDENTIALS = { username: 'contract', password: 'never-in-a-recording' };

type ClientDialect = ServiceUnderTest['dialect'];

/** Creates the service for a `fetch`. Names count up, so that equal runs send equal requests. */
function createService(
  dialect: ClientDialect,
  fetch: typeof globalThis.fetch,
  close: () => Promise<void>,
): ServiceUnderTest {
  let created = 0;
  return {
    dialect,
    published: false,
    auth: true,
    client: (options) => new PersonaClient({ auth: CREDENTIALS, ...options, fetch }),
    createName: () => `contract ${++created}`,
    close,
  };
}

/** Returns a service that exists only in its recording. `close` checks that the tests have sent each recorded request. */
export function replayService(dialect: ClientDialect, file: string): ServiceUnderTest {
  const fetch = replayFetch(file);
  return createService(dialect, fetch, async () => expect(fetch.unusedRequests()).toEqual([]));
}

/** Starts a local service, and records what it returns. */
export function recordService(dialect: Dialect & ClientDialect, file: string): ServiceUnderTest {
  const service = createPersonaService({
    dialect,
    seed: false,
    now: createVirtualClock(RECORDED_AT).now,
    auth: { users: { [CREDENTIALS.username]: CREDENTIALS.password } },
  });
  const fetch = recordFetch({ file, existing: 'replace', fetch: service.fetch });
  return createService(dialect, fetch, () => service.close());
}
