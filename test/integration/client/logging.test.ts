import { inspect } from 'node:util';
import {
  type ClientOptions,
  type Logger,
  PersonaClient,
  type PersonaEvents,
  PersonaValidationError,
} from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it, vi } from 'vitest';
import { EventEmitter } from '../../../src/core/event-emitter.js';
import { expectThrow } from '../../support/failures.js';
import { createTestClient, NO_BACKOFF } from '../../support/service.js';

const CANARY = 'canary-91d3';
const PASSWORD = 'canary-pass-91d3';

type LogCall = readonly [level: string, ...args: unknown[]];

/** Creates a logger that records its calls. With a `bindings` method it looks like pino. */
function createLogger(methods: object = {}) {
  const lines: LogCall[] = [];
  const record =
    (level: string) =>
    (...args: unknown[]) =>
      void lines.push([level, ...args]);
  const logger: Logger = {
    debug: record('debug'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
    ...methods,
  };
  return {
    lines,
    logger,
    waitForText: (text: string) => vi.waitFor(() => expect(inspect(lines)).toContain(text), 10_000),
  };
}

function setup(options: ClientOptions = {}) {
  const service = createPersonaService({ dialect: 'attributes', auth: { users: { ada: PASSWORD } } });
  const client = createTestClient({
    fetch: service.fetch,
    auth: { username: 'ada', password: PASSWORD },
    retry: NO_BACKOFF,
    ...options,
  });
  return { service, client };
}

describe('logLevel', () => {
  const writtenLevels = async (logLevel?: ClientOptions['logLevel']) => {
    const { lines, logger } = createLogger();
    const all = createLogger();
    const { service, client } = setup({ logger, ...(logLevel && { logLevel }), breaker: { failMax: 2 } });
    await client.personas.get(1);
    service.faults.add({ status: 503 });
    await client.personas.get(2).catch(() => {});
    await client.personas.get(3).catch(() => {});
    const last = setup({ logger: all.logger, logLevel: 'debug' });
    await last.client.health.check();
    await all.waitForText('health.check succeeded'); // so the earlier messages have been written as well
    return new Set(lines.map(([level]) => level));
  };

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    [undefined, ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ] as const)('%s writes the expected levels', async (level, expected) => {
    expect([...(await writtenLevels(level))].toSorted()).toEqual([...expected].toSorted());
  });
});

describe('a log message', () => {
  it('is (message, fields) for console, and (fields, message) for pino', async () => {
    const consoleLike = createLogger();
    const pino = createLogger({ bindings: () => ({}) });
    for (const { logger, waitForText } of [consoleLike, pino]) {
      await setup({ logger, logLevel: 'debug' }).client.personas.get(1);
      await waitForText('personas.get succeeded');
    }
    const fields = expect.objectContaining({
      event: 'request',
      method: 'GET',
      path: '/api/v1/personas/{id}',
    });
    expect(consoleLike.lines).toContainEqual([
      'debug',
      'persona-client: personas.get: sending attempt 1',
      fields,
    ]);
    expect(pino.lines).toContainEqual(['debug', fields, 'persona-client: personas.get: sending attempt 1']);
  });

  it('is written by a method call, so that `this` is the logger', async () => {
    class ClassLogger {
      readonly #lines: string[] = [];
      info(message: string) {
        this.#lines.push(message);
      }
      debug = this.info;
      warn = this.info;
      error = this.info;
      get lines() {
        return this.#lines;
      }
    }
    const logger = new ClassLogger();
    await setup({ logger }).client.personas.get(1);
    await vi.waitFor(() => expect(logger.lines).toContain('persona-client: token login succeeded'), 10_000);
  });

  it('is written in order, although the logging code is still being imported', async () => {
    const { lines, logger, waitForText } = createLogger();
    const { client } = setup({
      logger,
      logLevel: 'debug',
      baseUrl: 'http://personas.example',
      allowInsecureAuth: true,
    });
    await client.health.check();
    await waitForText('health.check succeeded');
    expect(lines.map(([level, message]) => [level, message])).toEqual([
      ['debug', 'persona-client: health.check: sending attempt 1'],
      ['warn', 'persona-client: credentials may be sent over plain http to http://personas.example'],
      ['debug', 'persona-client: health.check: received 200'],
      ['debug', 'persona-client: health.check succeeded'],
    ]);
  });

  it('contains no control characters of a request id', async () => {
    const { lines, logger, waitForText } = createLogger();
    const { client } = setup({ logger, logLevel: 'debug' });
    await client.personas.get(1, { headers: { 'x-request-id': 'a\tb\u009b31mred\u0085\u00ad' } });
    await waitForText('personas.get succeeded');
    expect(JSON.stringify(lines)).toContain('a\\\\u0009b\\\\u009b31mred\\\\u0085\\\\u00ad');
    expect(
      lines
        .flat()
        .map((value) => (typeof value === 'string' ? value : Object.values(value as object).join()))
        .join(),
    ).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('contains no persona data and no secret', async () => {
    const { lines, logger, waitForText } = createLogger();
    const { service, client } = setup({ logger, logLevel: 'debug', headers: { 'x-key': CANARY } });
    const created = await client.personas.create({ name: CANARY, psychographic: { lifestyle: CANARY } });
    await client.personas.update(created.id, { demographic: { city: CANARY } });
    service.faults.add({ status: 500, body: `{"error":"${CANARY}"}`, times: 9, match: { path: /personas/ } });
    await client.personas.list({ page: 7 }).catch(() => {});
    await client.auth.logout();
    await client.health.check();
    await waitForText('health.check succeeded');
    expect(lines.length).toBeGreaterThan(20);
    const text = inspect(lines, { depth: 10, showHidden: true });
    expect(text).not.toMatch(new RegExp(`${CANARY}|${PASSWORD}|eyJ|page=7|personas/\\d`));
  });

  it('contains only listed fields of an event', async () => {
    const { logEvent } = await import('../../../src/client/logging.js');
    const { lines, logger } = createLogger();
    const event = {
      call: 'personas.get',
      attempt: 1,
      requestId: 'r',
      callId: 1,
      method: 'GET',
      url: `http://h/1?q=${CANARY}`,
    };
    logEvent(logger, 'debug', 'request', {
      ...event,
      body: CANARY,
      headers: { authorization: CANARY },
    } as PersonaEvents['request']);
    expect(lines).toHaveLength(1);
    expect(inspect(lines)).not.toContain(CANARY);
  });
});

describe('a failing logger', () => {
  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('disk full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('disk full'))],
  ])('%s: the call continues, and the error is reported on the console', async (_, fail) => {
    const writtenLevels = vi.spyOn(console, 'error').mockImplementation(() => {});
    const logger = { debug: fail, info: fail, warn: fail, error: fail };
    expect(await setup({ logger, logLevel: 'debug' }).client.personas.get(1)).toHaveProperty('id', 1);
    await vi.waitFor(() => expect(writtenLevels).toHaveBeenCalled(), 10_000);
  });

  it.each([{}, { info: () => {} }, 'console', null, 5])('rejects the logger %o', (logger) => {
    const error = expectThrow(PersonaValidationError, () => new PersonaClient({ logger: logger as Logger }));
    expect(error.issues.map(({ path }) => path)).toEqual([['logger']]);
  });
});

it('a failing onAny listener does not affect the listeners of on', () => {
  const events = new EventEmitter();
  const received: unknown[] = [];
  vi.spyOn(console, 'error').mockImplementation(() => {});
  events.on('dialect', (event) => received.push(event));
  events.onAny(() => {
    throw new Error('no');
  });
  events.emit('dialect', { dialect: 'attributes' });
  expect(received).toEqual([{ dialect: 'attributes' }]);
});
