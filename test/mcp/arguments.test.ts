import { describe, expect, test } from 'vitest';
import { callTool, callToolError, PROTOCOL_VERSIONS, setupMcp } from '../support/mcp.js';

describe.each(PROTOCOL_VERSIONS)('protocol %s', (version) => {
  test.each([
    ['get_persona', { id: '1' }, { id: 1 }],
    ['list_personas', { page: null, per_page: '2' }, { page: 1, pages: 3 }],
    ['find_personas', { query: 'a', limit: '1' }, { searched: 1 }],
    ['get_persona_section', { id: '1', section: 'contextual', field: null, offset: null }, { id: 1 }],
    ['get_persona_fields', { section: null, field: null }, {}],
    ['create_persona', { name: 'K', demographic: null, contextual: { season: null } }, { name: 'K' }],
    [
      'create_persona',
      { name: 'K', psychographic: { interests: '["a","b"]' } },
      { psychographic: { interests: ['a', 'b'] } },
    ],
    [
      'create_persona',
      { name: 'K', behavioral: '{"device_usage":{"phone":"x"}}' },
      { behavioral: { device_usage: { phone: 'x' } } },
    ],
    [
      'create_persona',
      { name: 'K', demographic: { age: '36', latitude: '-43.650' } },
      { demographic: { age: 36, latitude: -43.65 } },
    ],
    [
      'create_persona',
      { name: '12', demographic: { city: '[1]', country: 'null' } },
      { name: '12', demographic: { city: '[1]', country: 'null' } },
    ],
    [
      'update_persona',
      { id: 1, name: null, demographic: { city: 'Oslo' }, psychographic: null, add: null, replace: null },
      { demographic: { city: 'Oslo' } },
    ],
    [
      'update_persona',
      { id: 1, add: '{"psychographic":{"interests":"[\\"x1\\"]"}}', replace: 'true' },
      { psychographic: { interests: expect.arrayContaining(['x1']) } },
    ],
    [
      'update_persona_section',
      { id: 1, section: 'demographic', data: '{"city":"Oslo"}' },
      { data: { city: 'Oslo' } },
    ],
    [
      'update_persona_section',
      { id: 1, section: 'psychographic', add: { interests: 'x2' } },
      { data: { interests: expect.arrayContaining(['x2']) } },
    ],
  ])('%s accepts %j', async (tool, args, expected) => {
    const { connect } = await setupMcp();
    expect(await callTool(await connect(version), tool, args)).toMatchObject(expected);
  });

  test.each([
    ['get_persona', { id: '01' }],
    ['get_persona', { id: '1e0' }],
    ['get_persona', { id: ' 1' }],
    ['get_persona', { id: '1.5' }],
    ['get_persona', { id: '9007199254740993' }],
    ['get_persona', { id: 'true' }],
    ['get_persona', { id: null }],
    ['get_persona', { id: [1] }],
    ['create_persona', { name: null }],
    ['create_persona', { name: 1 }],
    ['create_persona', { name: 'K', psychographic: '["a"]' }],
    ['create_persona', { name: 'K', psychographic: { interests: 'a, b' } }],
    ['create_persona', { name: 'K', psychographic: { interests: '{"a":1}' } }],
    ['create_persona', { name: 'K', demographic: { age: 'thirty' } }],
    ['update_persona', { id: 1, name: null, demographic: null }],
    ['update_persona_section', { id: 1, section: 'demographic', data: null }],
    ['update_persona_section', { id: 1, section: 'demographic', data: 'city' }],
  ])('%s rejects %j', async (tool, args) => {
    const { connect, writes } = await setupMcp();
    await callToolError(await connect(version), tool, args);
    expect(writes()).toEqual([]);
  });
});

test('accepts lists, maps and texts up to the size of a message', async () => {
  const { connect, client } = await setupMcp({}, { dialect: 'attributes' });
  const interests = Array.from({ length: 20_000 }, (_, i) => `item ${i}`);
  const lifestyle = 'x'.repeat(400_000);
  const mcp = await connect('2025-11-25');
  const { id } = await callTool(mcp, 'create_persona', {
    name: 'A',
    psychographic: { interests, lifestyle },
  });
  await callTool(mcp, 'update_persona', { id, psychographic: { interests: [...interests, 'one more'] } });
  expect((await client.personas.get(id)).psychographic).toEqual({
    interests: [...interests, 'one more'],
    lifestyle,
  });
});
