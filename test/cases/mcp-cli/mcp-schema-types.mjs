// A deployment's field config has a field of a type that the client does not know, and a field with an empty option.
// The tool's JSON schema then contains {} without a type, and enum: [""]. Some model APIs reject all tools because of these.
// Every property should have a type, and the enum should omit an empty option.
import { check, finish, setTimeLimitSeconds, startMcpServer, startStubService } from '../lib.mjs';

setTimeLimitSeconds(20);
const emptyCategory = { label: 'x', description: '', fields: [] };
const config = {
  psychographic: {
    ...emptyCategory,
    fields: [
      { name: 'score', label: 's', type: 'number' },
      { name: 'level', label: 'l', type: 'string', options: ['', 'low', 'high'] },
    ],
  },
  behavioral: emptyCategory,
  contextual: emptyCategory,
};
const service = await startStubService(({ path }) => ({
  body: path.includes('field-config') ? config : { personas: [], total: 0, page: 1, per_page: 1, pages: 0 },
}));
const server = startMcpServer(service.url);
await server.initialize();
const { tools } = (await server.request('tools/list')).result;
const { properties } = tools.find((t) => t.name === 'create_persona').inputSchema.properties.psychographic;
check(
  'a field of an unknown type has a type in the schema',
  properties.score?.type !== undefined || properties.score?.anyOf !== undefined,
  properties.score,
  '{ "type": … }',
);
check(
  'no enum has an empty string',
  !JSON.stringify(properties).includes('""'),
  properties.level,
  '"low", "high"',
);
finish();
