// A container or client configuration sets a variable to the empty string, which usually means "not set".
// PERSONA_MCP_TOOLS= silently disables all tools. With an empty CONFIRM, LOG_LEVEL or TIMEOUT_MS the server does not start.
// The server should ignore an empty variable, as it already does for the others.
import { check, finish, setTimeLimitSeconds, startMcpServer, startService } from '../lib.mjs';

setTimeLimitSeconds(50);
const service = await startService();
await Promise.all(
  [
    'PERSONA_MCP_TOOLS',
    'PERSONA_MCP_CONFIRM',
    'PERSONA_MCP_LOG_LEVEL',
    'PERSONA_TIMEOUT_MS',
    'PERSONA_MCP_EXCLUDE_TOOLS',
  ].map(async (name) => {
    const server = startMcpServer(service.url, { variables: { [name]: '' } });
    const outcome = await server
      .initialize()
      .then(() => server.request('tools/list', {}, 6_000))
      .then(
        (r) => `${r.result.tools.length} tools`,
        (e) => e.message,
      );
    check(
      `${name}= (empty)${name.includes('EXCLUDE') ? ' (control)' : ''}`,
      outcome === '9 tools',
      `${outcome}; ${server.stderr().trim().slice(0, 100)}`,
      '9 tools',
    );
    server.kill();
  }),
);
finish();
