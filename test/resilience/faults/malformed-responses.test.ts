import fc from 'fast-check';
import { type Persona, PersonaClient, PersonaError } from 'persona-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PERSONA_JSON } from '../../support/personas.js';
import { countOutcomes, serveThroughProxy, settle } from '../../support/proxied-service.js';
import { rawResponse } from '../../support/raw-response.js';
import { addRow } from './support/report-table.js';

const DEPTH = 200_000;

const BODIES: Readonly<Record<string, readonly [string | Uint8Array, 'valid' | 'error' | 'either']>> = {
  HTML: ['<!doctype html><h1>Welcome</h1>', 'error'],
  'an empty body': ['', 'error'],
  whitespace: [' \r\n ', 'error'],
  text: ['hello', 'error'],
  null: ['null', 'error'],
  'a number': ['1', 'error'],
  'an array': [`[${PERSONA_JSON}]`, 'error'],
  'an error of the attributes dialect': ['{"error":"database is locked"}', 'error'],
  'an error of the subresource dialect': ['{"message":"Not found","status_code":404}', 'error'],
  'truncated JSON': [PERSONA_JSON.slice(0, 60), 'error'],
  'two JSON documents': [`${PERSONA_JSON}${PERSONA_JSON}`, 'error'],
  'a byte order mark': [`\ufeff${PERSONA_JSON}`, 'valid'],
  'duplicate keys': [PERSONA_JSON.replace('{', '{"id":7,"name":"Eve",'), 'valid'],
  'a duplicate key with the wrong type': [PERSONA_JSON.replace('}', ',"id":"1"}'), 'error'],
  NaN: [PERSONA_JSON.replace('"id":1', '"id":NaN'), 'error'],
  'a number that is too large': [PERSONA_JSON.replace('"id":1', '"id":1e999'), 'error'],
  'an id that is a string': [PERSONA_JSON.replace('"id":1', '"id":"1"'), 'error'],
  'a key named __proto__': [PERSONA_JSON.replace('}', ',"__proto__":{"polluted":true}}'), 'valid'],
  'invalid UTF-8': [Buffer.from(PERSONA_JSON.replace('Ada', '\xff\xfe'), 'latin1'), 'valid'],
  'UTF-16': [Buffer.from(PERSONA_JSON, 'utf16le'), 'error'],
  'a deeply nested array': [`${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`, 'error'],
  'a persona with a deeply nested field': [
    PERSONA_JSON.replace('}', `,"extra":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}`),
    'either',
  ],
};

const CONTENT_TYPES = ['application/json', 'text/html; charset=utf-8', 'application/octet-stream', ''];

/** Expects a valid persona, or an error with status and request id. Returns `valid` or the error code. */
function expectTyped(outcome: Awaited<ReturnType<typeof settle<Persona>>>, status: number): string {
  if ('value' in outcome) {
    expect(outcome.value).toMatchObject({ id: expect.any(Number), name: expect.any(String) });
    expect(Object.getPrototypeOf(outcome.value)).toBe(Object.prototype);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    return 'valid';
  }
  const { error } = outcome;
  expect(error).toBeInstanceOf(PersonaError);
  expect(Reflect.get(error, 'status')).toBe(status);
  expect(error.request?.id).toMatch(/^[0-9a-f-]{36}-\d+$/);
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: error.code });
  return error.code;
}

describe('malformed responses', () => {
  it.for(Object.entries(BODIES))('handles a 200 with %s', async ([, [body, expected]]) => {
    for (const type of CONTENT_TYPES)
      for (const cache of [false, 'reload'] as const) {
        const { connect, proxy } = await serveThroughProxy();
        const headers = type === '' ? [] : [['content-type', type] as const];
        proxy.chooseFault = () => ({
          type: 'replace-response',
          response: rawResponse(200, body, headers),
          afterWrite: false,
        });
        const outcome = await settle(connect({ dialect: 'subresource' }).personas.get(1, { cache }));
        const actual = expectTyped(outcome, 200) === 'valid' ? 'valid' : 'error';
        if (expected !== 'either') expect(actual).toBe(expected);
      }
  });

  it.for([204, 205, 206, 203, 299])('rejects a %i without a body', async (status) => {
    const { connect, proxy } = await serveThroughProxy();
    proxy.chooseFault = () => ({
      type: 'replace-response',
      response: rawResponse(status),
      afterWrite: false,
    });
    const outcome = await settle(connect({ dialect: 'subresource' }).personas.get(1));
    expect(expectTyped(outcome, status)).toBe('invalid_response');
  });

  it('returns a valid persona or a typed error with status and request id for any response', async ({
    task,
  }) => {
    const response = { status: 200, body: new Uint8Array() };
    const client = new PersonaClient({
      fetch: async () =>
        new Response(response.status === 204 ? null : response.body.slice(), { status: response.status }),
      dialect: 'subresource',
      retry: false,
      breaker: false,
    });
    onTestFinished(() => client.close());
    const anyEdit = fc.tuple(
      fc.nat(PERSONA_JSON.length),
      fc.nat(8),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const edited = fc
      .array(anyEdit, { maxLength: 4 })
      .map((edits) =>
        edits.reduce(
          (text, [start, deleted, inserted]) => text.slice(0, start) + inserted + text.slice(start + deleted),
          PERSONA_JSON,
        ),
      );
    const shaped = fc
      .record(
        {
          id: fc.oneof(fc.nat(), fc.jsonValue()),
          name: fc.oneof(fc.string(), fc.jsonValue()),
          created_at: fc.oneof(fc.constant('2026-11-22T06:29:29'), fc.jsonValue()),
          updated_at: fc.oneof(fc.constant('2026-11-22T06:29:29'), fc.jsonValue()),
          demographic: fc.jsonValue(),
          psychographic: fc.jsonValue(),
          errors: fc.jsonValue(),
          details: fc.jsonValue(),
          error: fc.jsonValue(),
          message: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value));
    const text = fc.oneof(edited, shaped, fc.json());
    const bytes = fc.oneof(
      { weight: 5, arbitrary: text.map((value) => new TextEncoder().encode(value)) },
      fc.uint8Array({ maxLength: 60 }),
    );
    const statuses = fc.constantFrom(
      200,
      200,
      200,
      201,
      204,
      400,
      401,
      403,
      404,
      409,
      418,
      422,
      429,
      500,
      503,
    );
    const codes: string[] = [];
    await fc.assert(
      fc.asyncProperty(statuses, bytes, fc.boolean(), async (status, body, useCache) => {
        Object.assign(response, { status, body });
        codes.push(
          expectTyped(await settle(client.personas.get(1, { cache: useCache ? 'reload' : false })), status),
        );
      }),
      { numRuns: 100_000 },
    );
    addRow(task, {
      fault: 'fuzzed responses',
      calls: codes.length,
      sent: codes.length,
      outcomes: countOutcomes(codes),
    });
    expect(codes).toContain('valid');
  });
});
