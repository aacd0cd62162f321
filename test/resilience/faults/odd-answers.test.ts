import fc from 'fast-check';
import { type Persona, PersonaClient, PersonaError } from 'persona-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answered } from './support/raw.js';
import { tell } from './support/table.js';
import { settle, tally, world } from './support/world.js';

const PERSONA = '{"id":1,"name":"Ada","created_at":"2026-11-22T06:29:29","updated_at":"2026-11-22T06:29:29"}';
const DEEP = 200_000;

const BODIES: Readonly<Record<string, readonly [string | Uint8Array, 'valid' | 'error' | 'either']>> = {
  HTML: ['<!doctype html><h1>Welcome</h1>', 'error'],
  nothing: ['', 'error'],
  blanks: [' \r\n ', 'error'],
  'text with a JSON type': ['hello', 'error'],
  null: ['null', 'error'],
  'a number': ['1', 'error'],
  'a list': [`[${PERSONA}]`, 'error'],
  'an error in a 200': ['{"error":"database is locked"}', 'error'],
  'the other error in a 200': ['{"message":"Not found","status_code":404}', 'error'],
  'cut JSON': [PERSONA.slice(0, 60), 'error'],
  'two JSON texts': [`${PERSONA}${PERSONA}`, 'error'],
  'a byte order mark': [`\ufeff${PERSONA}`, 'valid'],
  'duplicate keys': [PERSONA.replace('{', '{"id":7,"name":"Eve",'), 'valid'],
  'a duplicate key that does not fit': [PERSONA.replace('}', ',"id":"1"}'), 'error'],
  NaN: [PERSONA.replace('"id":1', '"id":NaN'), 'error'],
  'a number beyond all': [PERSONA.replace('"id":1', '"id":1e999'), 'error'],
  'an id as text': [PERSONA.replace('"id":1', '"id":"1"'), 'error'],
  'a key __proto__': [PERSONA.replace('}', ',"__proto__":{"polluted":true}}'), 'valid'],
  'broken UTF-8': [Buffer.from(PERSONA.replace('Ada', '\xff\xfe'), 'latin1'), 'valid'],
  UTF16: [Buffer.from(PERSONA, 'utf16le'), 'error'],
  'a deep list': [`${'['.repeat(DEEP)}${']'.repeat(DEEP)}`, 'error'],
  'a persona with a deep field': [
    PERSONA.replace('}', `,"extra":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`),
    'either',
  ],
};

const TYPES = ['application/json', 'text/html; charset=utf-8', 'application/octet-stream', ''];

/** A valid persona, or an error of ours that says where it is from. */
function sane(outcome: Awaited<ReturnType<typeof settle<Persona>>>, status: number): string {
  if ('value' in outcome) {
    expect(outcome.value).toMatchObject({ id: expect.any(Number), name: expect.any(String) });
    expect(Object.getPrototypeOf(outcome.value)).toBe(Object.prototype);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    return 'valid';
  }
  const { error } = outcome;
  expect(error).toBeInstanceOf(PersonaError);
  expect(Reflect.get(error, 'status')).toBe(status);
  expect(error.request?.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: error.code });
  return error.code;
}

describe('odd answers', () => {
  it.for(Object.entries(BODIES))('200 with %s', async ([, [body, expected]]) => {
    for (const type of TYPES)
      for (const cache of [false, 'reload'] as const) {
        const { connect, proxy } = await world();
        const headers = type === '' ? [] : [['content-type', type] as const];
        proxy.plan = () => ({ at: 'instead', answer: answered(200, body, headers), afterWrite: false });
        const outcome = await settle(connect({ dialect: 'subresource' }).personas.get(1, { cache }));
        const came = sane(outcome, 200) === 'valid' ? 'valid' : 'error';
        if (expected !== 'either') expect(came).toBe(expected);
      }
  });

  it.for([204, 205, 206, 203, 299])('%i without a body', async (status) => {
    const { connect, proxy } = await world();
    proxy.plan = () => ({ at: 'instead', answer: answered(status), afterWrite: false });
    const outcome = await settle(connect({ dialect: 'subresource' }).personas.get(1));
    expect(sane(outcome, status)).toBe('invalid_response');
  });

  it('fuzzed: always a typed error with status and request id, or a valid result', async ({ task }) => {
    const next = { status: 200, body: new Uint8Array() };
    const client = new PersonaClient({
      fetch: async () =>
        new Response(next.status === 204 ? null : next.body.slice(), { status: next.status }),
      dialect: 'subresource',
      retry: false,
      breaker: false,
    });
    onTestFinished(() => client.close());
    const edit = fc.tuple(fc.nat(PERSONA.length), fc.nat(8), fc.string({ unit: 'binary', maxLength: 6 }));
    const edited = fc
      .array(edit, { maxLength: 4 })
      .map((edits) =>
        edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), PERSONA),
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
      { weight: 5, arbitrary: text.map((one) => new TextEncoder().encode(one)) },
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
      fc.asyncProperty(statuses, bytes, fc.boolean(), async (status, body, cached) => {
        Object.assign(next, { status, body });
        codes.push(sane(await settle(client.personas.get(1, { cache: cached ? 'reload' : false })), status));
      }),
      { numRuns: 100_000 },
    );
    tell(task, { fault: 'fuzzed answers', calls: codes.length, sent: codes.length, outcomes: tally(codes) });
    expect(codes).toContain('valid');
  });
});
