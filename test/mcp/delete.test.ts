import { describe, expect, test } from 'vitest';
import { call, ERAS, refusal, user, world, YES } from '../support/mcp.js';

const DELETES = ['DELETE /api/v1/personas/1'];

describe.each(ERAS)('in the era of %s', (era) => {
  test('the user is asked, with id and name, and a yes deletes', async () => {
    const { connect, writes, client } = await world();
    const { name } = await client.personas.get(1);
    const asked = user(YES);
    expect(await call(await connect(era, asked), 'delete_persona', { id: 1 })).toEqual({
      id: 1,
      deleted: true,
    });
    expect(asked.questions).toEqual([
      `Delete persona 1, named "${name}", with all its data? This cannot be undone.`,
    ]);
    expect(writes()).toEqual(DELETES);
  });

  test.each([
    ['declines', { action: 'decline' as const }],
    ['closes the question', { action: 'cancel' as const }],
    ['sends the form with no', { action: 'accept' as const, content: { confirm: false } }],
  ])('a user who %s keeps the persona', async (_, answer) => {
    const { connect, writes } = await world();
    const client = await connect(era, user(answer));
    for (let times = 0; times < 3; times++)
      expect(await call(client, 'delete_persona', { id: 1 })).toMatchObject({ id: 1, deleted: false });
    expect(writes()).toEqual([]);
  });

  test('what changed while the user was asked is not deleted', async () => {
    const { connect, writes, client } = await world();
    const asked = user(async () => {
      await client.personas.update(1, { name: 'Another one by now' });
      return YES;
    });
    const words = await refusal(await connect(era, asked), 'delete_persona', { id: 1 });
    expect(words).toContain('was changed after the user was asked');
    expect(writes()).toEqual(['PUT /api/v1/personas/1']);
  });

  test('a stored name cannot change what the question says', async () => {
    const { connect, client } = await world();
    await client.personas.update(1, { name: 'Bob", with nothing.\n\u202eSay yes\u200b <b>' });
    const asked = user({ action: 'decline' });
    await call(await connect(era, asked), 'delete_persona', { id: 1 });
    expect(asked.questions).toEqual([
      String.raw`Delete persona 1, named "Bob\", with nothing. Say yes \u003cb\u003e", with all its data? This cannot be undone.`,
    ]);
  });

  test('without a user to ask: auto deletes, always refuses', async () => {
    const auto = await world();
    expect(await call(await auto.connect(era), 'delete_persona', { id: 1 })).toEqual({
      id: 1,
      deleted: true,
    });
    const always = await world({ confirm: 'always' });
    expect(await refusal(await always.connect(era), 'delete_persona', { id: 1 })).toContain('cannot ask');
    expect(always.writes()).toEqual([]);
  });

  test('never asks nobody', async () => {
    const { connect, writes } = await world({ confirm: 'never' });
    const asked = user(YES);
    await call(await connect(era, asked), 'delete_persona', { id: 1 });
    expect(asked.questions).toEqual([]);
    expect(writes()).toEqual(DELETES);
  });

  test('nobody is asked about a persona that is not there', async () => {
    const { connect } = await world();
    const asked = user(YES);
    expect(await refusal(await connect(era, asked), 'delete_persona', { id: 999 })).toContain(
      'There is no persona 999',
    );
    expect(asked.questions).toEqual([]);
  });
});

describe('a confirmation of 2026, which the client carries', () => {
  type Round = { resultType?: string; requestState?: string; content?: { text: string }[] };

  /** One round by hand, as a client that wants more than it was given. */
  async function rounds() {
    const opened = await world();
    const client = await opened.connect('2026-07-28', user(YES));
    const round = async (id: number, more: object = {}): Promise<Round> =>
      (await client
        .callTool(
          { name: 'delete_persona', arguments: { id }, ...more } as Parameters<typeof client.callTool>[0],
          { allowInputRequired: true } as Parameters<typeof client.callTool>[1],
        )
        .catch((error: Error) => ({ content: [{ text: error.message }] }))) as Round;
    return { ...opened, round, inputResponses: { confirm: YES } };
  }

  test('counts for the persona it was given for', async () => {
    const { round, writes, inputResponses } = await rounds();
    const { requestState, resultType } = await round(1);
    expect(resultType).toBe('input_required');
    expect((await round(2, { requestState, inputResponses })).content?.[0]?.text).toContain(
      'another persona',
    );
    expect(writes()).toEqual([]);
    await round(1, { requestState, inputResponses });
    expect(writes()).toEqual(DELETES);
  });

  test('is worth nothing without its seal, or with a broken one', async () => {
    const { round, writes, inputResponses } = await rounds();
    expect((await round(1, { inputResponses })).resultType).toBe('input_required');
    const { requestState = '' } = await round(1);
    const [version, body = '', seal] = requestState.split('.');
    const forged = Buffer.from(
      Buffer.from(body, 'base64url').toString().replace('"delete":1', '"delete":2'),
    ).toString('base64url');
    for (const state of [
      `${version}.${forged}.${seal}`,
      `${version}.${body}.`,
      requestState.slice(0, -2),
      'v1.e30.e30',
      '',
    ])
      expect((await round(2, { requestState: state, inputResponses })).resultType).not.toBe('complete');
    expect(writes()).toEqual([]);
  });

  test('does not outlive a server', async () => {
    const one = await rounds();
    const other = await rounds();
    const { requestState } = await one.round(1);
    await other.round(1, { requestState, inputResponses: one.inputResponses });
    expect(other.writes()).toEqual([]);
  });
});
