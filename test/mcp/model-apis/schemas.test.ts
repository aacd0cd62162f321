import { createPersonaMcpServer, type ServedClient } from 'persona-client/mcp';
import { describe, expect, test } from 'vitest';
import { setupMcp } from '../../support/mcp.js';
import { connectInProcess } from '../../support/mcp-in-process.js';
import { createTestClient, DIALECTS } from '../../support/service.js';
import { RESTRICTIONS } from './restrictions.js';
import { findNodes } from './schema-nodes.js';

interface Field {
  readonly name: string;
  readonly type: string;
  readonly options?: readonly string[];
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

const FIELD_LISTS: Readonly<Record<string, readonly Field[]>> = {
  'no fields': [],
  'empty options': [
    { name: 'a', type: 'string', options: [] },
    { name: 'b', type: 'string', options: [''] },
    { name: 'c', type: 'list', options: ['', 'low', 'high'] },
  ],
  'hundreds of options': range(10).map((index) => ({
    name: `field_${index}`,
    type: index % 2 ? 'list' : 'string',
    options: range(300).map((option) => `option ${option} ${'x'.repeat(50)}`),
  })),
  'exactly 50 short options each': range(30).map((index) => ({
    name: `field_${index}`,
    type: 'string',
    options: range(50).map((option) => `${option}`),
  })),
  'odd options': [
    {
      name: 'a',
      type: 'string',
      options: ['line\nfeed', 'hidden\u{E0041}', ' ', '\u202Eturned', '😀', '"', 'x'.repeat(5_000)],
    },
  ],
  'hundreds of fields': range(400).map((index) => ({ name: `field_${index}`, type: 'string' })),
  'odd names': [
    ...[
      'with blank',
      'dots.in.it',
      'a-dash',
      '1digit',
      'émile',
      '😀',
      '',
      'x'.repeat(65),
      'line\nfeed',
      '$ref',
    ],
    ...['type', 'properties', 'enum', 'required', 'items', 'anyOf', 'constructor', 'toString', '__proto__'],
  ].map((name) => ({ name, type: 'string' })),
  'odd types': ['number', 'boolean', 'integer', 'null', 'object', '', 'list', 'dict'].map((type, index) => ({
    name: `field_${index}`,
    type,
    options: ['one', 'two'],
  })),
};

/** Lists the tools of a server whose service has these fields. */
async function listTools(fields: readonly Field[], source: 'network' | 'built-in' = 'network') {
  const category = (list: readonly Field[]) => ({ label: 'L', description: 'D', fields: list });
  const data = {
    psychographic: category(fields),
    behavioral: category(fields),
    contextual: category([]),
  } as unknown as Awaited<ReturnType<ServedClient['fieldConfig']['get']>>;
  const client: ServedClient = {
    ...createTestClient({}),
    fieldConfig: { get: async () => data },
    withMeta: { fieldConfig: { get: async () => ({ data, meta: { source } }) } },
  };
  return (await (await connectInProcess(createPersonaMcpServer({ client }))).listTools()).tools;
}

describe('the APIs of models accept the tools', () => {
  test.each(DIALECTS)('with the default fields (%s)', async (dialect) => {
    const { connect } = await setupMcp({}, { dialect });
    const { tools } = await (await connect('2025-11-25')).listTools();
    expectAccepted(tools);
    expect(new TextEncoder().encode(JSON.stringify({ tools })).length).toBeLessThanOrEqual(13_000);
  });

  test.each(Object.entries(FIELD_LISTS))('with %s', async (_, fields) => {
    for (const source of ['network', 'built-in'] as const) expectAccepted(await listTools(fields, source));
  });

  test('while the fields are unknown', async () => {
    const { connect, service } = await setupMcp({}, { dialect: 'attributes' });
    service.faults.add({ status: 503 });
    expectAccepted((await (await connect('2026-07-28')).listTools()).tools);
  });
});

function expectAccepted(tools: Awaited<ReturnType<typeof listTools>>): void {
  const violations = RESTRICTIONS.flatMap(({ api, rule, find }) =>
    tools.flatMap((tool) => find(tool).map((found) => `${api}: ${rule}: ${tool.name}: ${found}`)),
  );
  expect(violations).toEqual([]);
  for (const { inputSchema, outputSchema } of tools)
    expect(JSON.stringify([inputSchema, outputSchema])).not.toMatch(/"\$(?:ref|defs|schema)":[^{]/);
}

test('a field of any type has a type, an empty option is omitted, and an odd name is accepted but not listed', async () => {
  const fields = [
    { name: 'score', type: 'number' },
    { name: 'level', type: 'string', options: ['', 'low', 'high'] },
    { name: 'a-dash', type: 'string' },
  ];
  const tools = await listTools(fields);
  const { properties = {} } = tools.find(({ name }) => name === 'create_persona')?.inputSchema ?? {};
  expect(properties.psychographic).toMatchObject({
    properties: {
      score: { anyOf: expect.arrayContaining([{ type: 'number' }, { type: 'string' }]) },
      level: { enum: ['low', 'high'] },
    },
    additionalProperties: true,
  });
  expect(JSON.stringify(properties)).not.toContain('a-dash');
  const [known] = (await listTools(fields.slice(0, 2))).filter(({ name }) => name === 'create_persona');
  expect(known?.inputSchema.properties?.psychographic).toMatchObject({ additionalProperties: false });
});

test('each restriction is violated by some schema, and names its source', () => {
  const WRONG = [
    { name: '1 tool.', description: 'x'.repeat(1_025), inputSchema: { type: 'array', anyOf: [] } },
    { name: `-${'x'.repeat(64)}`, description: '', inputSchema: createWrongSchema() },
  ] as unknown as Parameters<typeof expectAccepted>[0];
  for (const { rule, source, find } of RESTRICTIONS) {
    expect(WRONG.flatMap(find).length, rule).toBeGreaterThan(0);
    expect(source).toMatch(/^https:\/\//);
  }
});

/** A schema that violates every rule for schemas. */
function createWrongSchema(): object {
  const nested = range(11).reduce<object>((inner) => ({ type: 'object', properties: { inner } }), {
    type: 'string',
  });
  const many = Object.fromEntries(
    range(5_001).map((index) => [`p${index}${'x'.repeat(20)}`, { type: 'string' }]),
  );
  return {
    type: 'object',
    properties: {
      ...many,
      nested,
      'a b': {},
      list: { type: ['string', 'null'], required: ['x'] },
      numbers: { type: 'number', enum: [1, ''] },
      large: { type: 'string', enum: range(1_001).map((index) => `${index}${'x'.repeat(20)}`) },
      plain: { type: 'object', const: 1 },
      array: { type: 'array' },
    },
    required: ['missing'],
  };
}

test('an object in an object is one level deeper, and a property may have the name of a keyword', () => {
  const inner = { type: 'object', properties: { enum: { type: 'string' } } };
  const nodes = findNodes({ type: 'object', properties: { type: inner } });
  expect(nodes.map(({ path, depth }) => [path, depth])).toEqual([
    ['$', 1],
    ['$.type', 2],
    ['$.type.enum', 2],
  ]);
});
