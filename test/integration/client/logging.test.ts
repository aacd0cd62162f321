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
import { Events } from '../../../src/core/events.js';
import { thrownBy } from '../../support/failures.js';
import { AT_ONCE, clientOf } from '../../support/service.js';

const CANARY = 'canary-91d3';
const PASSWORD = 'canary-pass-91d3';

type Written = readonly [level: string, ...line: unknown[]];

/** A logger that keeps its lines; with `bindings`, as pino has it. */
function keeper(more: object = {}) {
  const lines: Written[] = [];
  const keep =
    (level: string) =>
    (...line: unknown[]) =>
      void lines.push([level, ...line]);
  const logger: Logger = {
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    ...more,
  };
  return {
    lines,
    logger,
    seen: (text: string) => vi.waitFor(() => expect(inspect(lines)).toContain(text), 10_000),
  };
}

function world(options: ClientOptions = {}) {
  const service = createPersonaService({ dialect: 'attributes', auth: { users: { ada: PASSWORD } } });
  const client = clientOf({
    fetch: service.fetch,
    auth: { username: 'ada', password: PASSWORD },
    retry: AT_ONCE,
    ...options,
  });
  return { service, client };
}

describe('levels', () => {
  const told = async (logLevel?: ClientOptions['logLevel']) => {
    const { lines, logger } = keeper();
    const all = keeper();
    const { service, client } = world({ logger, ...(logLevel && { logLevel }), breaker: { failMax: 2 } });
    await client.personas.get(1);
    service.faults.add({ status: 503 });
    await client.personas.get(2).catch(() => {});
    await client.personas.get(3).catch(() => {});
    const end = world({ logger: all.logger, logLevel: 'debug' });
    await end.client.health.check();
    await all.seen('health.check ended'); // so what came before is there as well
    return new Set(lines.map(([level]) => level));
  };

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    [undefined, ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ] as const)('%s', async (level, expected) => {
    expect([...(await told(level))].toSorted()).toEqual([...expected].toSorted());
  });
});

describe('a line', () => {
  it('is message and fields for console, fields and message for pino', async () => {
    const like = keeper();
    const pino = keeper({ bindings: () => ({}) });
    for (const { logger, seen } of [like, pino]) {
      await world({ logger, logLevel: 'debug' }).client.personas.get(1);
      await seen('personas.get ended');
    }
    const fields = expect.objectContaining({
      event: 'request',
      method: 'GET',
      path: '/api/v1/personas/{id}',
    });
    expect(like.lines).toContainEqual(['debug', 'persona-client: personas.get: request, attempt 1', fields]);
    expect(pino.lines).toContainEqual(['debug', fields, 'persona-client: personas.get: request, attempt 1']);
  });

  it('is written by a method of the logger', async () => {
    class Own {
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
    const logger = new Own();
    await world({ logger }).client.personas.get(1);
    await vi.waitFor(() => expect(logger.lines).toContain('persona-client: token: login done'), 10_000);
  });

  it('tells what happened before it could be written, in order', async () => {
    const { lines, logger, seen } = keeper();
    const { client } = world({
      logger,
      logLevel: 'debug',
      baseUrl: 'http://personas.example',
      allowInsecureAuth: true,
    });
    await client.health.check();
    await seen('health.check ended');
    expect(lines.map(([level, message]) => [level, message])).toEqual([
      ['debug', 'persona-client: health.check: request, attempt 1'],
      ['warn', 'persona-client: credentials may go over plain http to http://personas.example'],
      ['debug', 'persona-client: health.check: answered 200'],
      ['debug', 'persona-client: health.check ended: done'],
    ]);
  });

  it('has no control characters, whatever a request id holds', async () => {
    const { lines, logger, seen } = keeper();
    const { client } = world({ logger, logLevel: 'debug' });
    await client.personas.get(1, { headers: { 'x-request-id': 'a\tb\u009b31mred\u0085\u00ad' } });
    await seen('personas.get ended');
    expect(JSON.stringify(lines)).toContain('a\\\\u{9}b\\\\u{9b}31mred\\\\u{85}\\\\u{ad}');
    expect(
      lines
        .flat()
        .map((part) => (typeof part === 'string' ? part : Object.values(part as object).join()))
        .join(),
    ).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('holds no data, no secret and no field that is not on its list', async () => {
    const { lines, logger, seen } = keeper();
    const { service, client } = world({ logger, logLevel: 'debug', headers: { 'x-key': CANARY } });
    const created = await client.personas.create({ name: CANARY, psychographic: { lifestyle: CANARY } });
    await client.personas.update(created.id, { demographic: { city: CANARY } });
    service.faults.add({ status: 500, body: `{"error":"${CANARY}"}`, times: 9, match: { path: /personas/ } });
    await client.personas.list({ page: 7 }).catch(() => {});
    await client.auth.logout();
    await client.health.check();
    await seen('health.check ended');
    expect(lines.length).toBeGreaterThan(20);
    const text = inspect(lines, { depth: 10, showHidden: true });
    expect(text).not.toMatch(new RegExp(`${CANARY}|${PASSWORD}|eyJ|page=7|personas/\\d`));
  });

  it('takes nothing from an event but what is listed', async () => {
    const { log } = await import('../../../src/client/logging.js');
    const { lines, logger } = keeper();
    const event = {
      call: 'personas.get',
      attempt: 1,
      requestId: 'r',
      callId: 1,
      method: 'GET',
      url: `http://h/1?q=${CANARY}`,
    };
    log(logger, 'debug', 'request', {
      ...event,
      body: CANARY,
      headers: { authorization: CANARY },
    } as PersonaEvents['request']);
    expect(lines).toHaveLength(1);
    expect(inspect(lines)).not.toContain(CANARY);
  });
});

describe('a logger that fails', () => {
  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('disk full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('disk full'))],
  ])('%s: the call goes on, and the console is told', async (_, fail) => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    const logger = { debug: fail, info: fail, warn: fail, error: fail };
    expect(await world({ logger, logLevel: 'debug' }).client.personas.get(1)).toHaveProperty('id', 1);
    await vi.waitFor(() => expect(told).toHaveBeenCalled(), 10_000);
  });

  it.each([{}, { info: () => {} }, 'console', null, 5])('%o is refused', (logger) => {
    const error = thrownBy(PersonaValidationError, () => new PersonaClient({ logger: logger as Logger }));
    expect(error.issues.map(({ path }) => path)).toEqual([['logger']]);
  });
});

it('the watcher of events is told beside the listeners, and cannot hurt them', () => {
  const events = new Events();
  const seen: unknown[] = [];
  vi.spyOn(console, 'error').mockImplementation(() => {});
  events.on('dialect', (event) => seen.push(event));
  events.onAny(() => {
    throw new Error('no');
  });
  events.emit('dialect', { dialect: 'attributes' });
  expect(seen).toEqual([{ dialect: 'attributes' }]);
});
