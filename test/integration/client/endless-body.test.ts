import {
  PersonaAbortError,
  type PersonaClient,
  PersonaResponseError,
  PersonaTimeoutError,
} from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { createTestClient } from '../../support/service.js';

type Chunk = { readonly done: false; readonly value: Uint8Array };

/** Chunks of a body that never ends. A promise of each one has already resolved, so reading alone never lets a timer run. */
const BODIES: Readonly<Record<string, () => Uint8Array>> = {
  'empty chunks': () => new Uint8Array(),
  'an empty chunk after each byte of white space': alternate(new Uint8Array(), new Uint8Array([32])),
};

function alternate<T>(...values: T[]): () => T {
  let count = 0;
  return () => values[count++ % values.length] as T;
}

function setup(nextChunk: () => Uint8Array, options: object = {}) {
  const state = { reads: 0, isCancelled: false };
  const readUntil = performance.now() + 5_000; // a client that no timer can stop must not stop the tests
  const reader = {
    read: async (): Promise<Chunk> => {
      state.reads++;
      if (performance.now() > readUntil) throw new Error('the client still reads');
      return { done: false, value: nextChunk() };
    },
    cancel: async () => {
      state.isCancelled = true;
    },
  };
  const headers = new Headers({ 'content-type': 'application/json' });
  const fetch = async () => ({ status: 200, headers, body: { getReader: () => reader } }) as never;
  const client = createTestClient({
    fetch,
    dialect: 'subresource',
    retry: false,
    breaker: false,
    maxResponseBytes: 1e9,
    ...options,
  });
  return { client, state };
}

const CALLS: Readonly<Record<string, (client: PersonaClient, options: object) => Promise<unknown>>> = {
  'personas.get': (client, options) => client.personas.get(1, options),
  'personas.create': (client, options) => client.personas.create({ name: 'Ada' }, options),
  'auth.login': (client) => client.auth.login({ username: 'ada', password: 'secret' }),
};

describe.each(Object.keys(BODIES))('a response whose body never ends: %s', (body) => {
  const nextChunk = BODIES[body] as () => Uint8Array;

  it.each(Object.keys(CALLS))('ends %s at its timeout, and other work goes on', async (call) => {
    const { client, state } = setup(nextChunk, { timeoutMs: 200, allowInsecureAuth: true });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    await expectRejection(PersonaTimeoutError, CALLS[call]?.(client, {}) ?? expect.fail());
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
    await vi.waitFor(() => expect(state.isCancelled).toBe(true));
    const { reads } = state;
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(state.reads).toBe(reads); // nothing reads on
  });

  it('ends the call at its deadline, on an abort and on a close', async () => {
    const { client } = setup(nextChunk);
    await expectRejection(PersonaTimeoutError, client.personas.get(1, { deadlineMs: 100 }));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await expectRejection(PersonaAbortError, client.personas.get(1, { signal: controller.signal }));
    setTimeout(() => client.close(), 50);
    await expectRejection(PersonaAbortError, client.personas.get(1));
  });
});

it('an endless body of small chunks still respects maxResponseBytes', async () => {
  const { client, state } = setup(() => new Uint8Array([32]), { maxResponseBytes: 5_000 });
  await expectRejection(PersonaResponseError, client.personas.get(1));
  expect(state).toEqual({ reads: 5_001, isCancelled: true });
});
