import type { Client } from '@modelcontextprotocol/client';
import fc from 'fast-check';
import type { PersonaClient } from 'persona-client';
import { describe, expect, test } from 'vitest';
import { callTool, resultText, setupMcp } from '../support/mcp.js';
import { DIALECTS, withOpenTypes } from '../support/service.js';

/** Words whose letters, joiners, selectors and marks must all survive. */
const WORDS = [
  ...['chess', 'naïve', 'e\u0301te\u0301', 'a <b> & `c`'],
  ...['می\u200cروم', 'خانه\u200cها', 'PDF\u200cها', 'نمی\u200cدانم'],
  ...['क\u094d\u200dष', 'हिन्दी', 'क्\u200d'],
  ...['👩\u200d💻', '❤\ufe0f', '👨🏽\u200d🦰', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '1\ufe0f\u20e3', '🏳\ufe0f\u200d🌈'],
];
/** Words with invisible characters, which a model does not see. */
const HIDDEN = ['x\u200by', 'a\u202eb', 'ob\u{e0065}ey', 'soft\u00adhyphen', 'line\r\nend', '\u200fשלום'];

const word = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...WORDS) }, fc.constantFrom(...HIDDEN));
const text = (maxWords: number) =>
  fc.array(word, { minLength: 1, maxLength: maxWords }).map((words) => words.join(' '));
/** Short and long entries; some repeat. */
const entry = fc.oneof({ weight: 6, arbitrary: text(6) }, text(800), fc.constant('again'));
const size = { size: 'max' } as const;
const list = fc.oneof(
  fc.array(entry, { ...size, maxLength: 12 }),
  fc.array(text(3), { ...size, minLength: 80, maxLength: 260 }),
);
const map = fc.oneof(
  fc.dictionary(text(2), text(20), { ...size, maxKeys: 8 }),
  fc.dictionary(
    fc.uuid().map((id) => `${id} ç`),
    text(3),
    { ...size, minKeys: 80, maxKeys: 160 },
  ),
);
const longText = fc.oneof(text(10), text(900));

const persona = fc.record({
  name: fc.constantFrom(...WORDS),
  demographic: fc.record({ city: text(2), occupation: text(300) }),
  psychographic: fc.record({ interests: list, opinions: list, lifestyle: longText }),
  behavioral: fc.record({ browsing_habits: list, device_usage: map, content_consumption: map }),
});
type Data = typeof persona extends fc.Arbitrary<infer Value> ? Value : never;

/** Any JSON, which only `attributes` stores. */
const nested = fc.record({ prefs: fc.record({ colors: list, deep: fc.array(map, { maxLength: 3 }) }) });

const SETTINGS = { numRuns: 25, endOnFailure: true };

async function readStored(client: PersonaClient, id: number) {
  const { name, demographic, psychographic, behavioral } = await client.personas.get(id, { cache: 'reload' });
  return { name, demographic, psychographic, behavioral };
}

/** Adds one entry to each list and map that is shown, in front of the others or behind the mark. */
const withOneMore = (fields: object, isFirst: boolean, shown = fields) =>
  Object.fromEntries(
    Object.entries(fields).map(([field, value]) => {
      if (!(field in shown) || typeof value !== 'object' || value === null) return [field, value];
      if (!Array.isArray(value)) return [field, { ...value, 'one more': 'x' }];
      return [field, isFirst ? ['one more', ...value] : [...value, 'one more']];
    }),
  );

async function callUnlessRefused(mcp: Client, name: string, args: Record<string, unknown>) {
  const result = await mcp.callTool({ name, arguments: args });
  if (result.isError) expect(resultText(result)).toMatch(/is not shown|does not fit the stored value/);
  return !result.isError;
}

/** The stored list contains every entry of another one, as often. */
function expectContains(actual: readonly string[] | null | undefined, expected: readonly string[]) {
  const rest = [...(actual ?? [])];
  for (const value of expected) {
    const index = rest.indexOf(value);
    expect(index, `lost ${JSON.stringify(value).slice(0, 80)}`).toBeGreaterThanOrEqual(0);
    rest.splice(index, 1);
  }
}

describe.each(DIALECTS)('%s', { timeout: 120_000 }, (dialect) => {
  const setup = async () => {
    const { connect, client } = await setupMcp({}, { dialect, seed: false });
    return { client, mcp: await connect('2026-07-28') };
  };

  test('read all, add one to each list and map, write back: nothing is lost', async () => {
    const { client, mcp } = await setup();
    const check = async (data: Data, isFirst: boolean) => {
      const { id } = await client.personas.create(data);
      const stored = await readStored(client, id);
      const {
        note: _,
        id: _id,
        created_at: _c,
        updated_at: _u,
        ...shown
      } = await callTool(mcp, 'get_persona', { id });
      const [psychographic, behavioral] = [shown.psychographic ?? {}, shown.behavioral ?? {}];
      await callTool(mcp, 'update_persona', {
        id,
        ...shown,
        psychographic: withOneMore(psychographic, isFirst),
        behavioral: withOneMore(behavioral, isFirst),
      });
      expect(await readStored(client, id)).toEqual({
        ...stored,
        psychographic: withOneMore(stored.psychographic ?? {}, isFirst, psychographic),
        behavioral: withOneMore(stored.behavioral ?? {}, isFirst, behavioral),
      });
    };
    await fc.assert(fc.asyncProperty(persona, fc.boolean(), check), SETTINGS);
  });

  test('write back without the mark: refused, or nothing is lost', async () => {
    const { client, mcp } = await setup();
    const check = async (data: Data) => {
      const { id } = await client.personas.create(data);
      const stored = await readStored(client, id);
      const { data: shown } = await callTool(mcp, 'get_persona_section', { id, section: 'psychographic' });
      const interests = [
        ...(shown.interests ?? []).filter((value: string) => !/^… \d+ more$/.test(value)),
        'one more',
      ];
      const args = { id, section: 'psychographic', data: { interests } };
      const isWritten = await callUnlessRefused(mcp, 'update_persona_section', args);
      const after = await readStored(client, id);
      expectContains(after.psychographic?.interests, stored.psychographic?.interests ?? []);
      if (!isWritten) expect(after).toEqual(stored);
      await callTool(mcp, 'update_persona_section', {
        ...args,
        data: { interests: ['only'] },
        replace: true,
      });
      expect((await readStored(client, id)).psychographic?.interests).toEqual(['only']);
    };
    await fc.assert(fc.asyncProperty(persona, check), SETTINGS);
  });

  test('read any part, add one entry, write back with or without marks: refused, or nothing is lost', async () => {
    const { client, mcp } = await setup();
    const check = async (data: Data, offset: number, keepsMarks: boolean) => {
      const { id } = await client.personas.create(data);
      const stored = await readStored(client, id);
      for (const [section, field] of [
        ['psychographic', 'interests'],
        ['psychographic', 'lifestyle'],
        ['behavioral', 'device_usage'],
      ] as const) {
        const args = { id, section, field, offset };
        const value = (await callTool(mcp, 'get_persona_section', args)).data[field];
        if (value === undefined) continue;
        const isMark = (part: unknown) => /^… \d+ (?:more|earlier)$/.test(String(part));
        const isLong = field === 'interests' && (data.psychographic.interests.length ?? 0) > 100;
        const written =
          typeof value === 'string'
            ? `${value} one more`
            : Array.isArray(value)
              ? [...value.filter((part) => keepsMarks || !isLong || !isMark(part)), 'one more']
              : { ...value, 'one more': 'x' };
        await callUnlessRefused(mcp, 'update_persona_section', { id, section, data: { [field]: written } });
      }
      const after = await readStored(client, id);
      expectContains(after.psychographic?.interests, stored.psychographic?.interests ?? []);
      // A model that changes a short text saw all of it, but not its invisible characters.
      const toVisible = (text: string | null | undefined) =>
        text?.replace(/[\u200b\u202e\u{e0065}\u00ad\r\u200f]/gu, '');
      expect(toVisible(after.psychographic?.lifestyle)).toContain(toVisible(stored.psychographic?.lifestyle));
      expect(after.behavioral?.device_usage ?? {}).toMatchObject(stored.behavioral?.device_usage ?? {});
    };
    const offsets = fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(1, 50, 100));
    await fc.assert(fc.asyncProperty(persona, offsets, fc.boolean(), check), SETTINGS);
  });

  test('add and remove change one entry, and a second add changes nothing', async () => {
    const { client, mcp } = await setup();
    const check = async (data: Data) => {
      const { id } = await client.personas.create(data);
      const stored = await readStored(client, id);
      const args = { id, section: 'psychographic' };
      const edit = { interests: ['one more'] };
      for (let i = 0; i < 2; i++) await callTool(mcp, 'update_persona_section', { ...args, add: edit });
      expect((await readStored(client, id)).psychographic?.interests).toEqual([
        ...(stored.psychographic?.interests ?? []),
        'one more',
      ]);
      await callTool(mcp, 'update_persona_section', { ...args, remove: edit });
      const usage = { behavioral: { device_usage: { 'one more': 'x' } } };
      await callTool(mcp, 'update_persona', { id, add: usage });
      expect((await readStored(client, id)).behavioral?.device_usage).toEqual({
        ...stored.behavioral?.device_usage,
        'one more': 'x',
      });
      await callTool(mcp, 'update_persona', { id, remove: { behavioral: { device_usage: ['one more'] } } });
      expect(await readStored(client, id)).toEqual(stored);
    };
    await fc.assert(fc.asyncProperty(persona, check), SETTINGS);
  });

  test('get_persona_section with field and offset returns every entry', async () => {
    const { client, mcp } = await setup();
    const check = async (interests: string[], lifestyle: string) => {
      const { id } = await client.personas.create({ name: 'P', psychographic: { interests, lifestyle } });
      const readAll = async (field: string) => {
        const parts: unknown[] = [];
        for (let offset: number | undefined = 0; offset !== undefined; ) {
          const page = await callTool(mcp, 'get_persona_section', {
            id,
            section: 'psychographic',
            field,
            offset,
          });
          parts.push(page.data[field] ?? []);
          offset = page.next === undefined ? undefined : Number(/offset (\d+)/.exec(page.next)?.[1]);
        }
        return parts;
      };
      const entries = (await readAll('interests'))
        .flat()
        .filter((value) => !/^… \d+ (?:more|earlier)$/.test(String(value)));
      expect(entries).toEqual(interests);
      const texts = (await readAll('lifestyle')).map((part) =>
        String(part).replace(/^… \d+ earlier characters …|… \d+ more characters$/g, ''),
      );
      expect(texts.join('')).toBe(lifestyle);
      for (const part of texts) expect(part).not.toMatch(/^[\u200d\ufe0f\u{1f3fb}-\u{1f3ff}]/u);
    };
    const visible = fc
      .array(fc.constantFrom(...WORDS), { ...size, minLength: 1, maxLength: 6_000 })
      .map((words) => words.join(' '));
    const entries = fc.array(fc.constantFrom(...WORDS), { ...size, maxLength: 4_000 });
    await fc.assert(fc.asyncProperty(entries, visible, check), { ...SETTINGS, numRuns: 10 });
  });
});

test('nested lists and maps of a custom field are written back whole', { timeout: 60_000 }, async () => {
  const { connect, client: defaultClient } = await setupMcp({}, { dialect: 'attributes', seed: false });
  const client = withOpenTypes(defaultClient);
  const mcp = await connect('2025-11-25');
  const check = async (contextual: { prefs: { colors: string[]; deep: Record<string, string>[] } }) => {
    const { id } = await client.personas.create({ name: 'P', contextual });
    const { data } = await callTool(mcp, 'get_persona_section', { id, section: 'contextual' });
    if (Array.isArray(data.prefs?.colors)) data.prefs.colors.push('one more');
    else return;
    await callTool(mcp, 'update_persona_section', { id, section: 'contextual', data });
    const { prefs } = contextual;
    expect((await client.contextual.get(id, { cache: 'reload' })).prefs).toEqual({
      ...prefs,
      colors: [...prefs.colors, 'one more'],
    });
  };
  await fc.assert(fc.asyncProperty(nested, check), SETTINGS);
});
