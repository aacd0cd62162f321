import type { AccessOptions } from 'persona-client';
import { createPersonaMcpServer, listenMcpSocket, TcpClientTransport } from 'persona-client/mcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { toolNames } from '../../src/mcp/options.js';
import {
  CONFIRM,
  callToolError,
  connect,
  createUser,
  PROTOCOL_VERSIONS,
  resultText,
} from '../support/mcp.js';
import { connectInProcess } from '../support/mcp-in-process.js';
import { startService } from '../support/service.js';

const CANARY = 'canary-7e31';
const DATA = {
  name: `Ada ${CANARY}`,
  demographic: { city: CANARY, occupation: 'nurse' },
  psychographic: { lifestyle: CANARY, personality: 'calm' },
  contextual: { weather: CANARY },
};

describe.each(PROTOCOL_VERSIONS)('a client with an access policy, protocol %s', (version) => {
  const setup = async () => {
    const served = await startService({ dialect: 'attributes' });
    const { id } = await served.connect().personas.create(DATA);
    const client = served.connect({
      access: { deny: ['personas.delete'], categories: { contextual: 'none', behavioral: 'read' } },
      redact: ['name', 'demographic.city', 'psychographic.lifestyle'],
    });
    const { address, close } = await listenMcpSocket(createPersonaMcpServer({ client }), { port: 0 });
    onTestFinished(close);
    const port = Number(address.split(':').at(-1));
    const mcp = await connect(new TcpClientTransport('127.0.0.1', port), version, createUser(CONFIRM));
    return { ...served, id, mcp };
  };

  test('returns nothing that the client may not read', async () => {
    const { mcp, id } = await setup();
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
    expect(resultText(await mcp.callTool({ name: 'get_persona', arguments: { id } }))).toContain('nurse');
    for (const uri of [`persona://${id}`, `persona://${id}/psychographic`]) {
      const { contents } = await mcp.readResource({ uri });
      expect(JSON.stringify(contents)).not.toContain(CANARY);
    }
    const { messages } = await mcp.getPrompt({ name: 'adopt_persona', arguments: { id: String(id) } });
    expect(JSON.stringify(messages)).not.toContain(CANARY);
  });

  test('does not offer a denied tool, fails denied calls with the access policy message, and sends nothing', async () => {
    const { mcp, id, service } = await setup();
    const { tools } = await mcp.listTools();
    expect(tools.map(({ name }) => name)).toEqual(toolNames().filter((name) => name !== 'delete_persona'));
    const countWrites = () => service.requests.filter(({ method }) => method !== 'GET').length;
    const before = countWrites();
    await expect(mcp.callTool({ name: 'delete_persona', arguments: { id } })).rejects.toMatchObject({
      code: -32602,
    });
    for (const [name, args] of [
      ['get_persona_section', { id, section: 'contextual' }],
      ['update_persona_section', { id, section: 'behavioral', data: { browsing_habits: ['x'] } }],
      ['create_persona', { name: 'x', contextual: { weather: 'x' } }],
    ] as const)
      expect(await callToolError(mcp, name, args), name).toContain('The access policy of this server');
    expect(countWrites()).toBe(before);
    await expect(mcp.readResource({ uri: `persona://${id}/contextual` })).rejects.toThrow(/access policy/);
  });
});

/** The tools that each rule alone allows. */
const ALLOWED_TOOLS: readonly (readonly [AccessOptions, (name: string) => boolean])[] = [
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

test.each(ALLOWED_TOOLS)(
  'offers only the tools that %o allows, also for a view',
  async (access, isAllowed) => {
    const { connect } = await startService();
    const client = connect();
    for (const limited of [connect({ access }), client.as({ token: 'x' }, { access })]) {
      const mcp = await connectInProcess(createPersonaMcpServer({ client: limited }));
      const { tools } = await mcp.listTools();
      expect(tools.map(({ name }) => name)).toEqual(toolNames().filter(isAllowed));
    }
  },
);

const RESOURCES = ['schema', 'field-config', 'persona-1'];
const TEMPLATES = ['persona', 'persona-section'];
const READING_PROMPTS = ['adopt_persona', 'interview_persona', 'compare_personas'];
const PROMPTS = [...READING_PROMPTS, 'draft_persona'];

interface Lists {
  readonly resources?: readonly string[];
  readonly templates?: readonly string[];
  readonly prompts?: readonly string[];
}

/** The resources, templates and prompts that each rule alone allows. Missing means all. */
const ALLOWED_LISTS: readonly (readonly [AccessOptions, Lists])[] = [
  [{}, {}],
  [{ readOnly: true }, { prompts: READING_PROMPTS }],
  [{ deny: ['personas.create'] }, { prompts: READING_PROMPTS }],
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

test.each(ALLOWED_LISTS)('lists only the resources and prompts that %o allows', async (access, lists) => {
  const { connect } = await startService({ seed: 1 });
  const mcp = await connectInProcess(createPersonaMcpServer({ client: connect({ access }) }));
  const names = (entries: readonly { name: string }[]) => entries.map(({ name }) => name);
  expect({
    resources: names((await mcp.listResources()).resources),
    templates: names((await mcp.listResourceTemplates()).resourceTemplates),
    prompts: names((await mcp.listPrompts()).prompts),
  }).toEqual({ resources: RESOURCES, templates: TEMPLATES, prompts: PROMPTS, ...lists });
});

test('rejects denied resources and prompts with the access policy message, and sends nothing', async () => {
  const { connect, service } = await startService({ seed: 60 });
  const client = connect({ access: { allow: ['personas.list'] } });
  const mcp = await connectInProcess(createPersonaMcpServer({ client }));
  const denied = { code: -32603, message: expect.stringContaining('The access policy of this server') };
  for (const uri of ['schema', 'field-config', '1', '1/demographic'])
    await expect(mcp.readResource({ uri: `persona://${uri}` }), uri).rejects.toMatchObject(denied);
  for (const [name, args] of [
    ['adopt_persona', { id: '1' }],
    ['interview_persona', { id: '1', topic: 'tea' }],
    ['compare_personas', { id_a: '1', id_b: '2' }],
    ['draft_persona', { brief: 'A calm cook' }],
  ] as const)
    await expect(mcp.getPrompt({ name, arguments: args }), name).rejects.toMatchObject(denied);
  await expect(mcp.listResources({ cursor: 'page-2' })).rejects.toMatchObject(denied);
  expect(service.requests).toEqual([]);
});

test('neither names nor completes a section that the client may not read', async () => {
  const { connect } = await startService();
  const client = connect({ access: { categories: { contextual: 'none' }, deny: ['psychographic.get'] } });
  const mcp = await connectInProcess(createPersonaMcpServer({ client }));
  const { resourceTemplates } = await mcp.listResourceTemplates();
  expect(resourceTemplates.at(-1)?.description).toBe('One section of a persona: demographic, behavioral');
  const ref = { type: 'ref/resource' as const, uri: 'persona://{id}/{section}' };
  const { completion } = await mcp.complete({ ref, argument: { name: 'section', value: '' } });
  expect(completion.values).toEqual(['demographic', 'behavioral']);
  await expect(mcp.readResource({ uri: 'persona://1/x' })).rejects.toThrow(
    /There is no such section\. Available sections: demographic, behavioral\.$/,
  );
});

test('names no section if the client may not read any', async () => {
  const { connect } = await startService();
  const client = connect({ access: { allow: ['personas.get'] } });
  const mcp = await connectInProcess(createPersonaMcpServer({ client }));
  await expect(mcp.readResource({ uri: 'persona://1/x' })).rejects.toThrow(/There is no such section\.$/);
});

test.each([{ readOnly: true }, { excludeTools: ['create_persona'] }, { tools: ['get_persona'] }])(
  'neither lists nor returns draft_persona if create_persona is not offered: %o',
  async (options) => {
    const { connect, service } = await startService();
    const mcp = await connectInProcess(createPersonaMcpServer({ client: connect(), ...options }));
    expect((await mcp.listPrompts()).prompts.map(({ name }) => name)).toEqual(READING_PROMPTS);
    await expect(
      mcp.getPrompt({ name: 'draft_persona', arguments: { brief: 'A calm cook' } }),
    ).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('create_persona, which this server does not offer'),
    });
    expect(service.requests).toEqual([]);
  },
);

test('marks lists that depend on the access policy as private', async () => {
  const served = await startService();
  const server = createPersonaMcpServer({ client: served.connect({ access: { readOnly: true } }) });
  const { address, close } = await listenMcpSocket(server, { port: 0 });
  onTestFinished(close);
  const port = Number(address.split(':').at(-1));
  const mcp = await connect(new TcpClientTransport('127.0.0.1', port), '2026-07-28');
  const privateHour = { ttlMs: 3_600_000, cacheScope: 'private' };
  expect(await mcp.listTools()).toMatchObject(privateHour);
  expect(await mcp.listPrompts()).toMatchObject(privateHour);
  expect(await mcp.listResourceTemplates()).toMatchObject(privateHour);
});
