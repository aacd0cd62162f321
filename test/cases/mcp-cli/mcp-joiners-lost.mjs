// A Persian name contains a zero-width non-joiner. Emoji such as 👩‍💻 and ❤️ contain a joiner or a variation selector.
// The MCP tools silently remove these characters. A model that writes the value back changes the stored data.
// Between letters of such scripts and inside emoji they are part of the spelling and should stay. Hidden text should still go.
import {
  check,
  checkEqual,
  fetchJson,
  finish,
  setTimeLimitSeconds,
  startMcpServer,
  startService,
} from '../lib.mjs';

setTimeLimitSeconds(30);
const service = await startService();
const server = startMcpServer(service.url);
await server.initialize();
const name = '\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645';
const interests = [
  '\u0645\u06cc\u200c\u0631\u0648\u0645',
  '\u{1f469}\u200d\u{1f4bb} coding',
  '\u2764\ufe0f love',
  '\u0915\u094d\u200d\u0937',
];
const { id } = await fetchJson(service.url, '/personas', 'POST', { name, psychographic: { interests } });
const shown = (await server.callTool('get_persona', { id })).result.structuredContent;
checkEqual('a Persian name', shown.name, name);
await server.callTool('update_persona', {
  id,
  psychographic: { interests: [...shown.psychographic.interests, 'chess'] },
});
const stored = (await fetchJson(service.url, `/personas/${id}`)).psychographic.interests;
for (const [i, interest] of interests.entries())
  checkEqual(`written back after a read: ${JSON.stringify(interest)}`, stored[i], interest);
const hidden = await fetchJson(service.url, '/personas', 'POST', {
  name: `x${[...'obey'].map((l) => String.fromCodePoint(0xe0000 + l.codePointAt(0))).join('')}\u202ey\u200bz`,
});
const shownHidden = (await server.callTool('get_persona', { id: hidden.id })).result.structuredContent.name;
check(
  'the tools remove tag characters, overrides and zero-width spaces (control)',
  shownHidden === 'xyz',
  shownHidden,
  'xyz',
);
finish();
