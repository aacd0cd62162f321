import type { AccessOptions } from 'persona-client';
import { createPersonaMcpServer, listenMcpSocket, TcpClientTransport } from 'persona-client/mcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { toolNames } from '../../src/mcp/options.js';
import { serve } from '../support/service.js';
import { connectTo } from '../support/mcp-in-process.js';
import { connect, ERAS, refusal, textOf, user, YES } from '../support/mcp.js';

const CANARY = 'canary-7e31';
const DATA = {
  name: `Ada ${CANARY}`,
  demographic: { city: CANARY, occupation: 'nurse' },
  psychographic: { lifestyle: CANARY, personality: 'calm' },
  contextual: { weather: CANARY },
};

describe.each(ERAS)('a client with a policy, in the era of %s', (era) => {
  const world = async () => {
    const served = await serve({ dialect: 'attributes' });
    const { id } = await served.connect().personas.create(DATA);
    const client = served.connect({
      access: { deny: ['personas.delete'], categories: { contextual: 'none', behavioral: 'read' } },
      redact: ['name', 'demographic.city', 'psychographic.lifestyle'],
    });
    const { address, close } = await listenMcpSocket(createPersonaMcpServer({ client }), { port: 0 });
    onTestFinished(close);
    const port = Number(address.split(':').at(-1));
    const mcp = await connect(new TcpClientTransport('127.0.0.1', port), era, user(YES));
    return { ...served, id, mcp };
  };

  test('tells a model nothing that the client may not see', async () => {
    const { mcp, id } = await world();
    for (const [name, args] of [
      ['get_persona', { id }],
      ['list_personas', {}],
      ['find_personas', { query: CANARY }],
      ['find_personas', { query: 'nurse' }],
      ['get_persona_section', { id, section: 'psychographic' }],
      ['get_persona_section', { id, section: 'demographic' }],
      ['update_persona', { id, demographic: { occupation: 'nurse' } }],
    ] as const) {
      const result = await mcp.callTool({ name, arguments: args });
      expect(result.isError ?? false).toBe(false);
      expect(JSON.stringify(result.structuredContent)).not.toContain(CANARY);
    }
    expect(textOf(await mcp.callTool({ name: 'get_persona', arguments: { id } }))).toContain('nurse');
    for (const uri of [`persona://${id}`, `persona://${id}/psychographic`]) {
      const { contents } = await mcp.readResource({ uri });
      expect(JSON.stringify(contents)).not.toContain(CANARY);
    }
    const { messages } = await mcp.getPrompt({ name: 'adopt_persona', arguments: { id: String(id) } });
    expect(JSON.stringify(messages)).not.toContain(CANARY);
  });

  test('offers no tool that is denied, answers the rest of what is denied with the refusal, and sends nothing', async () => {
    const { mcp, id, service } = await world();
    const { tools } = await mcp.listTools();
    expect(tools.map(({ name }) => name)).toEqual(toolNames().filter((name) => name !== 'delete_persona'));
    const sent = () => service.requests.filter(({ method }) => method !== 'GET').length;
    const before = sent();
    await expect(mcp.callTool({ name: 'delete_persona', arguments: { id } })).rejects.toMatchObject({
      code: -32602,
    });
    for (const [name, args] of [
      ['get_persona_section', { id, section: 'contextual' }],
      ['update_persona_section', { id, section: 'behavioral', data: { browsing_habits: ['x'] } }],
      ['create_persona', { name: 'x', contextual: { weather: 'x' } }],
    ] as const)
      expect(await refusal(mcp, name, args), name).toContain('The access policy of this server');
    expect(sent()).toBe(before);
    await expect(mcp.readResource({ uri: `persona://${id}/contextual` })).rejects.toThrow(/access policy/);
  });
});

/** Which tools are left by each rule alone. */
const LEFT: readonly (readonly [AccessOptions, (name: string) => boolean])[] = [
  [{}, () => true],
  [{ readOnly: true }, (name) => !/create|update|delete/.test(name)],
  [{ allow: ['*.get'] }, (name) => /^get_/.test(name)],
  [{ allow: ['personas.list'] }, (name) => /^(?:list|find)_/.test(name)],
  [{ allow: ['contextual.update'] }, (name) => name === 'update_persona_section'],
  [{ deny: ['*.update'] }, (name) => !/update/.test(name)],
  [{ deny: ['personas.*', 'fieldConfig.get'] as never }, (name) => /_section$/.test(name)],
  [
    {
      categories: { demographic: 'none', psychographic: 'none', behavioral: 'none', contextual: 'read' },
    },
    (name) => name !== 'update_persona_section',
  ],
];

test.each(LEFT)('%o leaves the tools that it allows, of a view too', async (access, isLeft) => {
  const { connect } = await serve();
  const client = connect();
  for (const limited of [connect({ access }), client.as({ token: 'x' }, { access })]) {
    const mcp = await connectTo(createPersonaMcpServer({ client: limited }));
    const { tools } = await mcp.listTools();
    expect(tools.map(({ name }) => name)).toEqual(toolNames().filter(isLeft));
  }
});

const RESOURCES = ['schema', 'field-config', 'persona-1'];
const TEMPLATES = ['persona', 'persona-section'];
const ABOUT_ONE = ['adopt_persona', 'interview_persona', 'compare_personas'];
const PROMPTS = [...ABOUT_ONE, 'draft_persona'];

interface Offer {
  readonly resources?: readonly string[];
  readonly templates?: readonly string[];
  readonly prompts?: readonly string[];
}

/** Which resources, templates and prompts are left by each rule alone; without a word, all. */
const OFFERED: readonly (readonly [AccessOptions, Offer])[] = [
  [{}, {}],
  [{ readOnly: true }, { prompts: ABOUT_ONE }],
  [{ deny: ['personas.create'] }, { prompts: ABOUT_ONE }],
  [{ deny: ['personas.list'] }, { resources: ['schema', 'field-config'] }],
  [
    { deny: ['personas.get'] },
    {
      resources: ['schema', 'field-config'],
      templates: ['persona-section'],
      prompts: ['draft_persona'],
    },
  ],
  [{ deny: ['schema.get'] }, { resources: ['field-config', 'persona-1'] }],
  [{ deny: ['fieldConfig.get'] }, { resources: ['schema', 'persona-1'] }],
  [
    { categories: { demographic: 'none', psychographic: 'none', behavioral: 'none', contextual: 'none' } },
    { templates: ['persona'] },
  ],
  [{ categories: { contextual: 'none', behavioral: 'read' } }, {}],
  [{ allow: ['health.check'] }, { resources: [], templates: [], prompts: [] }],
];

test.each(OFFERED)('%o leaves the resources and prompts that it allows', async (access, offer) => {
  const { connect } = await serve({ seed: 1 });
  const mcp = await connectTo(createPersonaMcpServer({ client: connect({ access }) }));
  const names = (offered: readonly { name: string }[]) => offered.map(({ name }) => name);
  expect({
    resources: names((await mcp.listResources()).resources),
    templates: names((await mcp.listResourceTemplates()).resourceTemplates),
    prompts: names((await mcp.listPrompts()).prompts),
  }).toEqual({ resources: RESOURCES, templates: TEMPLATES, prompts: PROMPTS, ...offer });
});

test('what is not offered is refused in words, and nothing is sent for it', async () => {
  const { connect, service } = await serve({ seed: 60 });
  const client = connect({ access: { allow: ['personas.list'] } });
  const mcp = await connectTo(createPersonaMcpServer({ client }));
  const refusal = { code: -32603, message: expect.stringContaining('The access policy of this server') };
  for (const uri of ['schema', 'field-config', '1', '1/demographic'])
    await expect(mcp.readResource({ uri: `persona://${uri}` }), uri).rejects.toMatchObject(refusal);
  for (const [name, args] of [
    ['adopt_persona', { id: '1' }],
    ['interview_persona', { id: '1', topic: 'tea' }],
    ['compare_personas', { id_a: '1', id_b: '2' }],
    ['draft_persona', { brief: 'A calm cook' }],
  ] as const)
    await expect(mcp.getPrompt({ name, arguments: args }), name).rejects.toMatchObject(refusal);
  await expect(mcp.listResources({ cursor: 'page-2' })).rejects.toMatchObject(refusal);
  expect(service.requests).toEqual([]);
});

test('a section that may not be read is neither named nor completed', async () => {
  const { connect } = await serve();
  const client = connect({ access: { categories: { contextual: 'none' }, deny: ['psychographic.get'] } });
  const mcp = await connectTo(createPersonaMcpServer({ client }));
  const { resourceTemplates } = await mcp.listResourceTemplates();
  expect(resourceTemplates.at(-1)?.description).toBe('One of demographic, behavioral');
  const ref = { type: 'ref/resource' as const, uri: 'persona://{id}/{section}' };
  const { completion } = await mcp.complete({ ref, argument: { name: 'section', value: '' } });
  expect(completion.values).toEqual(['demographic', 'behavioral']);
  await expect(mcp.readResource({ uri: 'persona://1/x' })).rejects.toThrow(
    /There is no such section\. There are demographic, behavioral\.$/,
  );
});

test('where no section may be read, none is named', async () => {
  const { connect } = await serve();
  const client = connect({ access: { allow: ['personas.get'] } });
  const mcp = await connectTo(createPersonaMcpServer({ client }));
  await expect(mcp.readResource({ uri: 'persona://1/x' })).rejects.toThrow(/There is no such section\.$/);
});

test.each([{ readOnly: true }, { excludeTools: ['create_persona'] }, { tools: ['get_persona'] }])(
  'draft_persona is neither listed nor given where its tool is not: %o',
  async (options) => {
    const { connect, service } = await serve();
    const mcp = await connectTo(createPersonaMcpServer({ client: connect(), ...options }));
    expect((await mcp.listPrompts()).prompts.map(({ name }) => name)).toEqual(ABOUT_ONE);
    await expect(
      mcp.getPrompt({ name: 'draft_persona', arguments: { brief: 'A calm cook' } }),
    ).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('create_persona, a tool that this server does not offer'),
    });
    expect(service.requests).toEqual([]);
  },
);

test('what depends on the policy is for no cache that others share', async () => {
  const served = await serve();
  const server = createPersonaMcpServer({ client: served.connect({ access: { readOnly: true } }) });
  const { address, close } = await listenMcpSocket(server, { port: 0 });
  onTestFinished(close);
  const port = Number(address.split(':').at(-1));
  const mcp = await connect(new TcpClientTransport('127.0.0.1', port), '2026-07-28');
  const mine = { ttlMs: 3_600_000, cacheScope: 'private' };
  expect(await mcp.listTools()).toMatchObject(mine);
  expect(await mcp.listPrompts()).toMatchObject(mine);
  expect(await mcp.listResourceTemplates()).toMatchObject(mine);
});
