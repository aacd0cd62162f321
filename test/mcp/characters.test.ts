import { describe, expect, test } from 'vitest';
import { removeInvisible, stripInvisible, truncate } from '../../src/mcp/sanitize-text.js';
import { callTool, callToolError, createUser, setupMcp } from '../support/mcp.js';

/** Texts that lose letters, or change what people see, without their invisible characters. */
const SPELLED: Record<string, string> = {
  'Persian, between letters': 'می\u200cروم نمی\u200cدانم',
  'Persian, after a letter that does not join': 'کار\u200cخانه',
  'Persian, after Latin': 'PDF\u200cها',
  'Persian, after a digit': '۱۰\u200cهزار',
  'Persian, at the end of a word': 'ه\u200d.ق',
  'Hindi, half forms': 'क\u094d\u200dष क्\u200d',
  'Hindi, no ligature': 'क\u094d\u200cष',
  Bengali: 'র\u200d্য',
  Sinhala: 'ශ්\u200dරී',
  Malayalam: 'ന്\u200d',
  Mongolian: 'ᠠ\u180bᠨ\u180eᠠ',
  'Khmer, words without spaces': 'ខ្ញុំ\u200bទៅ',
  'emoji of several people': '👨\u200d👩\u200d👧\u200d👦',
  'emoji with skin color and hair': '👩🏽\u200d🦰',
  'emoji with selector and joiner': '🏳\ufe0f\u200d🌈 ❤\ufe0f\u200d🔥 ☺\ufe0e',
  keycap: '1\ufe0f\u20e3',
  'flag of England': '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
  'Japanese variant of a name': '葛\u{e0100}城',
  'mathematical variant': '∩\ufe00',
  'Arabic sign above a number': '\u0600١٢',
  'lines and tabs': 'a\n\tb',
};

/** Characters that hide text, and what remains. */
const HIDDEN: Record<string, [string, string]> = {
  'tag characters': ['x\u{e0065}\u{e0076}y', 'xy'],
  'tag characters behind a flag': ['🏴\u{e0065}\u{e0076}\u{e007f}', '🏴'],
  'bidirectional overrides': ['a\u202eb\u2066c\u2069', 'abc'],
  'isolated zero-width characters': ['a\u200bb\u200cc\u200dd\u2060e\ufeff', 'abcde'],
  'joiners without letters': ['\u200c\u200d می', ' می'],
  'repeated joiners': ['می\u200c\u200c\u200dروم', 'می\u200cروم'],
  'joiners between emoji and letters': ['😀\u200da', '😀a'],
  'repeated selectors': ['😀\ufe0f\ufe0e\ufe01\u{e0101}', '😀\ufe0f'],
  'selectors without variants': ['a\ufe0fb\ufe01c\u{e0101}', 'abc'],
  'fillers and soft hyphens': ['a\u3164b\u00adc\u115f', 'abc'],
  'control, private and half characters': ['a\u0000\u0085\ue000\ud83db', 'ab'],
};

describe('invisible characters', () => {
  test.each(Object.entries(SPELLED))('stay where spelling needs them: %s', async (_, text) => {
    const { connect, client } = await setupMcp({}, { dialect: 'attributes' });
    const psychographic = { interests: [text], [text]: { [text]: text } };
    await client.personas.update(1, { name: text, psychographic });
    const mcp = await connect('2026-07-28');
    const shown = await callTool(mcp, 'get_persona', { id: 1 });
    expect(shown).toMatchObject({ name: text, psychographic });
    const { personas } = await callTool(mcp, 'list_personas', { per_page: 1 });
    expect(personas[0].name).toBe(text.replace(/\s+/g, ' '));
    const found = await callTool(mcp, 'find_personas', { query: removeInvisible(text) });
    expect(found.personas[0]).toMatchObject({ id: 1 });
    await callTool(mcp, 'update_persona', { id: 1, add: { psychographic: { interests: [`${text}!`] } } });
    expect((await client.personas.get(1)).psychographic?.interests).toEqual([text, `${text}!`]);
  });

  test.each(Object.entries(HIDDEN))('go where they hide text: %s', async (_, [text, visible]) => {
    expect(stripInvisible(text)).toBe(visible);
    expect(stripInvisible(visible)).toBe(visible);
    const { connect, client } = await setupMcp({}, { dialect: 'attributes' });
    const stored = text.replace(/\p{Surrogate}/gu, '');
    await client.personas.update(1, {
      name: `${stored}.`,
      psychographic: { interests: [stored, 'x'], lifestyle: stored },
    });
    const mcp = await connect('2025-11-25');
    const shown = await callTool(mcp, 'get_persona', { id: 1 });
    expect(shown).toMatchObject({
      name: `${visible}.`,
      psychographic: { interests: [visible, 'x'], lifestyle: visible },
    });
    const { name, psychographic } = shown;
    await callTool(mcp, 'update_persona', {
      id: 1,
      name,
      psychographic: { ...psychographic, interests: [...psychographic.interests, 'y'] },
    });
    expect(await client.personas.get(1)).toMatchObject({
      name: `${stored}.`,
      psychographic: { interests: [stored, 'x', 'y'], lifestyle: stored },
    });
  });
});

const FAMILY = '👨\u200d👩\u200d👧\u200d👦';
const WHOLE = new RegExp(`^(?:x*(?:${FAMILY})*)(?:….*)?$`);

describe('no text ends inside a character', () => {
  test('of a name, a field, a key or a title', async () => {
    for (let padding = 0; padding < FAMILY.length; padding++) {
      const text = 'x'.repeat(padding) + FAMILY.repeat(400);
      const { connect, client } = await setupMcp({}, { dialect: 'attributes' });
      await client.personas.update(1, { name: text, psychographic: { lifestyle: text, [text]: text } });
      const user = createUser({ action: 'decline' });
      const mcp = await connect('2025-11-25', user);
      const { psychographic } = await callTool(mcp, 'get_persona', { id: 1 });
      for (const shown of [
        psychographic.lifestyle,
        ...Object.keys(psychographic).filter((key) => /^[x👨]/u.test(key)),
      ])
        expect(shown).toMatch(WHOLE);
      expect((await callTool(mcp, 'list_personas', { per_page: 1 })).personas[0].name).toMatch(WHOLE);
      const { resources } = await mcp.listResources();
      expect(resources.find(({ uri }) => uri === 'persona://1')?.title).toMatch(WHOLE);
      await callTool(mcp, 'delete_persona', { id: 1 });
      expect(/named "(.*)", with/.exec(user.messages[0] ?? '')?.[1]).toMatch(WHOLE);
    }
  });

  test('of an error', async () => {
    const { connect } = await setupMcp({}, { dialect: 'attributes' });
    const mcp = await connect('2026-07-28');
    for (let padding = 255; padding < 305; padding++) {
      const key = 'k'.repeat(padding) + FAMILY;
      for (const [tool, args] of [
        ['get_persona', { id: 1, [key]: 1 }],
        ['create_persona', { name: 'K', psychographic: { [key]: 1 } }],
        ['create_persona', { name: 'K', psychographic: { interests: { [key]: 1 } } }],
        ['update_persona_section', { id: 1, section: 'psychographic', data: { [key]: 1 } }],
        ['update_persona', { id: 1, remove: { psychographic: { interests: [key] } } }],
      ] as const) {
        const message = await callToolError(mcp, tool, args);
        expect(message).not.toMatch(/\p{Surrogate}/u);
        expect(message.replaceAll(FAMILY, '')).not.toMatch(/[\u200d\p{Extended_Pictographic}]/u);
      }
    }
  });

  test('even if one character is longer than the limit', () => {
    expect(truncate(`a${'\u0301'.repeat(1_000)}`, 10)).toBe('…');
    expect(truncate(`ab${FAMILY}`, 12)).toBe('ab…');
    expect(truncate(`ab${FAMILY}`, 13)).toBe(`ab${FAMILY}`);
  });
});
