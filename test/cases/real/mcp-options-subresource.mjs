// A service of the dialect `subresource` accepts any text as season, and one persona has 'autumn'. Our client does not check it either.
// The MCP tool rejects update_persona_section with { season: 'autumn' } and sends nothing. A model cannot write back what it read.
// The tools should check options only where the service does.
import { check, finish, setTimeLimitSeconds, startMcpServer, toolText } from '../lib.mjs';
import { startStubPersonaService } from './_service.mjs';

setTimeLimitSeconds(20);
const service = await startStubPersonaService({ dialect: 'subresource' });
const { id } = service.add({ name: 'x', contextual: { season: 'autumn' } });
const server = startMcpServer(service.url);
await server.initialize();
const response = await server.callTool('update_persona_section', {
  id,
  section: 'contextual',
  data: { season: 'autumn' },
});
check(
  "update_persona_section with season 'autumn'",
  !response.result?.isError,
  toolText(response).slice(0, 140),
  'updated',
);
const alias = await server.callTool('get_field_config', { category: 'contextual' });
check(
  'get_field_config, the name in the guide and in existing prompts, is known',
  !/not found/i.test(toolText(alias)),
  toolText(alias).slice(0, 80),
  'the fields',
);
finish();
