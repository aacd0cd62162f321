// The options of a field exceed 300 characters in total and contain emoji. A model sends an invalid value.
// The server truncates the error at 300 UTF-16 units, in the middle of an emoji. Model APIs reject that text for good.
// Truncation should never split a surrogate pair.
import { check, finish, setTimeLimitSeconds, startMcpServer, startStubService, toolText } from '../lib.mjs';

setTimeLimitSeconds(40);
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const emptyCategory = { label: 'x', description: '', fields: [] };
for (const padding of [5, 6, 7]) {
  const options = Array.from(
    { length: 30 },
    (_, i) => `\u{1f3b5} genre ${'abcdefghijklmnopqrstuvwxyz0123'[i]}${i ? '' : 'x'.repeat(padding)}`,
  );
  const config = {
    psychographic: { ...emptyCategory, fields: [{ name: 'genre', label: 'g', type: 'string', options }] },
    behavioral: emptyCategory,
    contextual: emptyCategory,
  };
  const service = await startStubService(({ path }) => ({
    body: path.includes('field-config') ? config : { personas: [], total: 0, page: 1, per_page: 1, pages: 0 },
  }));
  const server = startMcpServer(service.url);
  await server.initialize();
  await server.request('tools/list');
  for (const [name, args] of [
    ['create_persona', { name: 'K', psychographic: { genre: 'jazz' } }],
    ['update_persona_section', { id: 1, section: 'psychographic', data: { genre: 'jazz' } }],
    ['get_persona', { id: 1, [`${'k'.repeat(274 + padding)}\u{1f600}`]: 1 }],
  ]) {
    const outcome = toolText(await server.callTool(name, args));
    check(
      `${name}, variant ${padding}: the error has no half emoji`,
      !loneSurrogate.test(outcome),
      `… ${outcome.slice(-40)}`,
      'whole characters',
    );
  }
  server.kill();
  service.close();
}
finish();
