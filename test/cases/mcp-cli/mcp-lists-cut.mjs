// A persona has a list of 150 interests. A model reads it, adds one, and writes the list back with update_persona_section.
// The tool returned 100 of them without marking the cut, so 101 are stored and 49 are lost. Large personas have a limit of 40.
// The tool should mark the cut in place, and offer the rest. A write should not replace values that the tool did not return.
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
const longSuffix = ' lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tem';
const createList = (name, count, suffix = '') =>
  Array.from({ length: count }, (_, i) => `${name} ${i}${suffix}`);
for (const [scenario, data] of [
  ['a list of 150 short items', { name: 'A', psychographic: { interests: createList('i', 150) } }],
  [
    'lists of 60 in a large persona',
    {
      name: 'B',
      psychographic: {
        interests: createList('i', 60, longSuffix),
        opinions: createList('o', 60, longSuffix),
        attitudes: createList('a', 60, longSuffix),
        personal_values: createList('v', 60, longSuffix),
      },
      behavioral: { browsing_habits: createList('b', 60, longSuffix) },
    },
  ],
]) {
  const { id } = await fetchJson(service.url, '/personas', 'POST', data);
  const storedBefore = data.psychographic.interests.length;
  const shown = (await server.callTool('get_persona', { id })).result.structuredContent.psychographic
    .interests;
  check(
    `${scenario}: complete, or the cut is marked`,
    shown.length === storedBefore || shown.some((x) => x.includes('…')),
    `${shown.length} of ${storedBefore}, no mark`,
    `${storedBefore}, or a mark`,
  );
  await server.callTool('update_persona_section', {
    id,
    section: 'psychographic',
    data: { interests: [...shown, 'chess'] },
  });
  const storedAfter = (await fetchJson(service.url, `/personas/${id}`)).psychographic.interests.length;
  check(
    `${scenario}: read, add one, write back: nothing is lost`,
    storedAfter > storedBefore || storedAfter === storedBefore,
    `${storedBefore} before, ${storedAfter} after`,
    `${storedBefore + 1}, or nothing written`,
  );
}
{
  const { id } = await fetchJson(service.url, '/personas', 'POST', {
    name: 'C',
    psychographic: { lifestyle: 'x'.repeat(3_000) },
  });
  const { lifestyle } = (await server.callTool('get_persona', { id })).result.structuredContent.psychographic;
  await server.callTool('update_persona_section', { id, section: 'psychographic', data: { lifestyle } });
  checkEqual(
    'a text of 3,000 characters, written back after a read',
    (await fetchJson(service.url, `/personas/${id}`)).psychographic.lifestyle.length,
    3_000,
  );
}
finish();
