// A desktop application starts the MCP server before the service is ready: 503 for two seconds, or a first response after 1.2 s.
// get_persona_fields returns the built-in fields as if they were the deployment's, until the server restarts.
// The resource persona://field-config of the same process has the correct fields. After a failed read, the tool should read again.
import {
  check,
  finish,
  setTimeLimitSeconds,
  sleep,
  startMcpServer,
  startStubService,
  toolText,
} from '../lib.mjs';

setTimeLimitSeconds(45);
const emptyCategory = { label: 'x', description: '', fields: [] };
const config = {
  psychographic: {
    ...emptyCategory,
    fields: [{ name: 'hobby', label: 'h', type: 'string', options: ['a'] }],
  },
  behavioral: emptyCategory,
  contextual: emptyCategory,
};
for (const [scenario, createDelay] of [
  [
    '503 for the first 2 s',
    (startedAt) => () => (Date.now() - startedAt < 2_000 ? { status: 503, body: {} } : undefined),
  ],
  [
    'the first response takes 1.2 s',
    () => {
      let requests = 0;
      return () => {
        if (requests++ < 1) return { delayMs: 1_200 };
      };
    },
  ],
]) {
  const respondEarly = createDelay(Date.now());
  const service = await startStubService(({ path }) => {
    const earlyResponse = respondEarly();
    if (earlyResponse?.status) return earlyResponse;
    return {
      ...earlyResponse,
      body: path.includes('field-config')
        ? config
        : { personas: [], total: 0, page: 1, per_page: 1, pages: 0 },
    };
  });
  const server = startMcpServer(service.url);
  await server.initialize();
  await server.request('tools/list');
  await sleep(2_500);
  const resource = JSON.stringify(
    (await server.request('resources/read', { uri: 'persona://field-config' }, 20_000)).result ?? '',
  );
  const toolOutput = toolText(await server.callTool('get_persona_fields', {}, 20_000));
  check(
    `${scenario}: later, persona://field-config has the field "hobby" (control)`,
    resource.includes('hobby'),
    resource.slice(0, 80),
    'hobby',
  );
  check(
    `${scenario}: later, get_persona_fields has the field "hobby"`,
    toolOutput.includes('hobby'),
    toolOutput.replace(/\s+/g, ' ').slice(0, 120),
    'hobby',
  );
  server.kill();
  service.close();
}
finish();
