import type { PersonaSeed } from 'persona-client/testing';
import { describe, expect, test } from 'vitest';
import { callTool, callToolError, setupMcp } from '../support/mcp.js';
import { DIALECTS } from '../support/service.js';

const items = (count: number, prefix = 'item') =>
  Array.from({ length: count }, (_, i) => `${prefix} ${String(i).padStart(3, '0')}`);
const entries = (count: number, value = 'x') =>
  Object.fromEntries(items(count).map((key) => [key, `${value} ${key}`]));
const prose = (seed: string) => items(1_500, seed).join(', ');
const INTERESTS = { id: 1, section: 'psychographic', field: 'interests' };
const LOSS = 'a part of the stored value is not shown';
const MISFIT = 'does not fit the stored value';

type Seed = Omit<PersonaSeed, 'name'>;

async function setup(persona: Seed, dialect: (typeof DIALECTS)[number] = 'attributes', other: Seed = {}) {
  const seed = [persona, other].map((data) => ({ name: 'P', ...data }));
  const { connect, client, writes } = await setupMcp({}, { dialect, seed });
  const mcp = await connect('2026-07-28');
  const read = async () => {
    const { psychographic, behavioral } = await client.personas.get(1, { cache: 'reload' });
    return { ...psychographic, ...behavioral } as Record<string, never>;
  };
  const show = async (field: string, offset?: number, section = 'psychographic', id = 1) => {
    const args = { id, section, ...(offset !== undefined && { field, offset }) };
    return (await callTool(mcp, 'get_persona_section', args)).data[field];
  };
  const update = (data: object, section = 'psychographic') =>
    callTool(mcp, 'update_persona_section', { id: 1, section, data });
  const refuse = async (data: object, section = 'psychographic', replace = false) => {
    const count = writes().length;
    const args = { id: 1, section, data, ...(replace && { replace }) };
    const message = await callToolError(mcp, 'update_persona_section', args);
    expect(writes()).toHaveLength(count);
    return message;
  };
  return { mcp, client, read, show, update, refuse };
}

test('a field that is neither defined nor stored: get_persona_section names the fields', async () => {
  for (const dialect of DIALECTS) {
    const { mcp } = await setup({ psychographic: { interests: ['music'] } }, dialect);
    const read = (field: string, section = 'psychographic') =>
      callToolError(mcp, 'get_persona_section', { id: 1, section, field });
    expect(await read('intrests')).toBe(
      'The field intrests of psychographic is not known. Did you mean interests?',
    );
    expect(await read('zzzzzzzz')).toMatch(
      /zzzzzzzz of psychographic is not known. Use one of .*\binterests\b/,
    );
    expect(await read('favoriteColor', 'demographic')).toMatch(/is not known. Use one of .*\bage\b/);
    for (const field of ['lifestyle', 'interests.7'])
      expect(
        await callTool(mcp, 'get_persona_section', { id: 1, section: 'psychographic', field }),
      ).toMatchObject({
        data: {},
      });
  }
});

describe.each(DIALECTS)('a value read from an offset (%s)', (dialect) => {
  test.each([
    [150, 100],
    [300, 50],
    [300, 100],
    [3, 1],
    [4_000, 500],
  ])('keeps the entries in front: a list of %i, offset %i', async (count, offset) => {
    const { show, update, read } = await setup({ psychographic: { interests: items(count) } }, dialect);
    const shown = await show('interests', offset);
    expect(shown.slice(0, 2)).toEqual([`… ${offset} earlier`, items(count)[offset]]);
    await update({ interests: [...shown, 'new'] });
    expect((await read()).interests).toHaveLength(count + 1);
    expect(await read()).toMatchObject({ interests: expect.arrayContaining([...items(count), 'new']) });
  });

  test('keeps the entries of a map and the parts of a text', async () => {
    const text = prose('word');
    const { show, update, read } = await setup(
      { psychographic: { lifestyle: text }, behavioral: { device_usage: entries(300) } },
      dialect,
    );
    const usage = await show('device_usage', 100, 'behavioral');
    expect(usage).toMatchObject({ '…': '100 earlier', 'item 100': 'x item 100' });
    await update({ device_usage: { ...usage, phone: 'daily' } }, 'behavioral');
    expect((await read()).device_usage).toEqual({ ...entries(300), phone: 'daily' });
    const part = await show('lifestyle', 500);
    expect(part.startsWith(`… 500 earlier characters …${text.slice(500, 600)}`)).toBe(true);
    await update({ lifestyle: part.replace('word 100', 'changed') });
    expect((await read()).lifestyle).toBe(text.replace('word 100', 'changed'));
  });
});

test('says in the note what the mark in front means', async () => {
  const { mcp } = await setup({ psychographic: { interests: items(150) } });
  const { note } = await callTool(mcp, 'get_persona_section', { ...INTERESTS, offset: 100 });
  expect(note).toContain('"… N earlier" for data before it');
});

test('a write without the mark in front is refused, and an entry that was shown may go', async () => {
  const { show, update, read, refuse } = await setup({ psychographic: { interests: items(150) } });
  const [mark, ...shown] = await show('interests', 100);
  expect(await refuse({ interests: [...shown, 'new'] })).toContain(LOSS);
  expect(await refuse({ interests: items(150).slice(1) })).toContain(LOSS);
  await update({ interests: [mark, ...shown.slice(1)] });
  expect((await read()).interests).toEqual(items(150).toSpliced(100, 1));
});

test('a repeated mark is refused', async () => {
  const { show, refuse } = await setup({ psychographic: { interests: items(150) } });
  const shown = await show('interests');
  for (const replace of [false, true])
    expect(await refuse({ interests: [...shown, shown.at(-1)] }, 'psychographic', replace)).toContain(MISFIT);
  const [mark, ...rest] = await show('interests', 50);
  expect(await refuse({ interests: [mark, mark, ...rest] })).toContain(MISFIT);
  expect(await refuse({ interests: [...rest.slice(0, 50), '… 25 more', '… 25 more'] })).toContain(MISFIT);
});

test('a mark of another persona or field with the same counts is refused', async () => {
  const data = (prefix: string): Seed => ({
    psychographic: {
      interests: items(150, prefix),
      opinions: items(150, `${prefix} b`),
      lifestyle: prose(prefix),
    },
    behavioral: { device_usage: entries(150, prefix) },
  });
  const { show, refuse } = await setup(data('one'), 'attributes', data('two'));
  for (const field of ['interests', 'lifestyle'])
    for (const offset of [undefined, 100])
      expect(await refuse({ [field]: await show(field, offset, 'psychographic', 2) })).toContain(MISFIT);
  const device_usage = await show('device_usage', undefined, 'behavioral', 2);
  expect(await refuse({ device_usage }, 'behavioral')).toContain(MISFIT);
  expect(await refuse({ interests: await show('opinions') })).toContain('use add or remove');
});

test.each([
  ['moved to the front', (list: string[]) => [list.at(-1) ?? '', ...list.slice(0, -1)]],
  ['exchanged', (list: string[]) => list.toSpliced(5, 1, 'item 120').toSpliced(120, 1, 'item 005')],
  ['removed', (list: string[]) => list.slice(0, -1)],
  ['added', (list: string[]) => [...list, 'other']],
])('loses nothing if another client changes the list between read and write: %s', async (_, change) => {
  const { show, client, refuse } = await setup({ psychographic: { interests: items(150) } });
  const shown = await show('interests');
  await client.psychographic.update(1, { interests: change(items(150)) });
  expect(await refuse({ interests: shown })).toContain(MISFIT);
});

test('a part of a list in which entries repeat keeps all of them, in their order', async () => {
  const interests = items(150).map((item, i) => (i % 10 === 0 ? 'again' : item));
  const { show, update, read } = await setup({ psychographic: { interests } });
  await update({ interests: [...(await show('interests', 100)), 'new'] });
  expect((await read()).interests).toEqual([...interests, 'new']);
});

test('a list without entries in a map with a mark may get its first entry', async () => {
  const prefs = { colors: [] as string[], more: { a: 'x'.repeat(2_000), b: 'y'.repeat(975) } };
  const { show, update, read } = await setup({ psychographic: { prefs } });
  const shown = await show('prefs', 0);
  expect(shown).toEqual(prefs);
  const { '…': mark = undefined, colors } = await show('prefs');
  if (mark === undefined) expect.fail('the map is not shortened');
  await update({ prefs: { colors: [...colors, 'red'], '…': mark } });
  expect((await read()).prefs).toEqual({ ...prefs, colors: ['red'] });
});

describe('a long text', () => {
  const text = prose('word');
  const setupText = () => setup({ psychographic: { lifestyle: `\u200b${text}` } });

  test('accepts a changed start, and text behind the mark', async () => {
    const { show, update, read } = await setupText();
    const shown = await show('lifestyle');
    await update({ lifestyle: `${shown} POST` });
    expect((await read()).lifestyle).toBe(`\u200b${text} POST`);
    await update({ lifestyle: `PRE ${await show('lifestyle')}` });
    expect((await read()).lifestyle).toBe(`PRE ${text} POST`);
  });

  test('accepts the whole text with more text around it', async () => {
    const { update, read } = await setupText();
    await update({ lifestyle: `${text} POST` });
    expect((await read()).lifestyle).toBe(`\u200b${text} POST`);
  });

  test('refuses a change if another client has made the text longer since', async () => {
    const { show, refuse, client } = await setupText();
    const shown = await show('lifestyle');
    await client.psychographic.update(1, { lifestyle: `other ${text}` });
    expect(await refuse({ lifestyle: shown.replace('word 003', 'changed') })).toContain(MISFIT);
  });

  test('refuses what is not certain, in words for texts', async () => {
    const { show, refuse } = await setupText();
    const shown: string = await show('lifestyle');
    const mark = shown.slice(shown.lastIndexOf('…'));
    for (const lifestyle of [
      `other ${mark}`,
      shown + mark,
      shown.slice(1_500),
      `${shown.slice(0, 500)}… 9 more characters`,
    ])
      expect(await refuse({ lifestyle })).toMatch(/does not fit the stored value\. .* shown text/);
    for (const lifestyle of ['calm', shown.replace(mark, ''), text.replace('word 999', ''), null]) {
      const message = await refuse({ lifestyle });
      expect(message).toContain(`${LOSS}, and this write would discard it. Keep the mark`);
      expect(message).not.toContain('add or remove');
    }
  });
});
