import type { AccessOptions } from 'persona-client';
import { createPersonaMcpServer, listenMcpSocket, TcpClientTransport } from 'persona-client/mcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { toolNames } from '../../src/mcp/options.js';
import { serve } from '../support/service.js';
import { connectTo } from './in-process.js';
import { connect, ERAS, refusal, textOf, user, YES } from './support.js';

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
