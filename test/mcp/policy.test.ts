import { createPersonaMcpServer, listenMcpSocket, TcpClientTransport } from 'persona-client/mcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serve } from '../support/service.js';
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

  test('answers what is denied with the refusal, and sends nothing', async () => {
    const { mcp, id, service } = await world();
    const writes = () => service.requests.filter(({ method }) => method !== 'GET').length;
    const before = writes();
    for (const [name, args] of [
      ['delete_persona', { id }],
      ['get_persona_section', { id, section: 'contextual' }],
      ['update_persona_section', { id, section: 'behavioral', data: { browsing_habits: ['x'] } }],
      ['create_persona', { name: 'x', contextual: { weather: 'x' } }],
    ] as const)
      expect(await refusal(mcp, name, args), name).toContain('The access policy of this server');
    expect(writes()).toBe(before);
    await expect(mcp.readResource({ uri: `persona://${id}/contextual` })).rejects.toThrow(/access policy/);
  });
});
