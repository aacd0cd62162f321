// Models send "1" for 1, null for an omitted value, and JSON text for an object. Other servers accept these forms.
// The tools reject all of them. A stored value cannot be cleared either: the tools reject null, although the client accepts it.
// The tools should accept forms with only one meaning, and null should clear a value.
import { check, finish, setTimeLimitSeconds, startMcpServer, startService, toolText } from '../lib.mjs';

setTimeLimitSeconds(30);
const service = await startService();
const server = startMcpServer(service.url);
await server.initialize();
for (const [name, args] of [
  ['get_persona', { id: '1' }],
  ['list_personas', { page: null, per_page: null }],
  ['find_personas', { query: 'a', limit: '5' }],
  ['create_persona', { name: 'K', demographic: null }],
  ['update_persona', { id: 1, name: null, demographic: { city: 'Oslo' } }],
  ['update_persona_section', { id: 1, section: 'demographic', data: '{"city":"Oslo"}' }],
  ['create_persona', { name: 'K', psychographic: { interests: '["a","b"]' } }],
  ['create_persona', { name: 'K', demographic: { age: '36' } }],
  ['update_persona_section', { id: 1, section: 'demographic', data: { age: null } }],
]) {
  const response = await server.callTool(name, args);
  check(
    `${name} ${JSON.stringify(args)}`,
    !response.result?.isError && !response.error,
    toolText(response).slice(0, 120),
    'accepted',
  );
}
finish();
