import { describe, expect, test } from 'vitest';
import { CONFIRM, callTool, callToolError, createUser, PROTOCOL_VERSIONS, setupMcp } from '../support/mcp.js';

const DELETES = ['DELETE /api/v1/personas/1'];

describe.each(PROTOCOL_VERSIONS)('protocol %s', (version) => {
  test('asks the user with id and name, and deletes after a confirmation', async () => {
    const { connect, writes, client } = await setupMcp();
    const { name } = await client.personas.get(1);
    const user = createUser(CONFIRM);
    expect(await callTool(await connect(version, user), 'delete_persona', { id: 1 })).toEqual({
      id: 1,
      deleted: true,
    });
    expect(user.messages).toEqual([
      `Delete persona 1, named "${name}", with all its data? This cannot be undone.`,
    ]);
    expect(writes()).toEqual(DELETES);
  });

  test.each([
    ['declines', { action: 'decline' as const }],
    ['cancels the form', { action: 'cancel' as const }],
    ['submits the form with false', { action: 'accept' as const, content: { confirm: false } }],
  ])('does not delete if the user %s', async (_, response) => {
    const { connect, writes } = await setupMcp();
    const client = await connect(version, createUser(response));
    for (let i = 0; i < 3; i++)
      expect(await callTool(client, 'delete_persona', { id: 1 })).toMatchObject({ id: 1, deleted: false });
    expect(writes()).toEqual([]);
  });

  test('does not delete a persona that changed while the user was asked', async () => {
    const { connect, writes, client } = await setupMcp();
    const user = createUser(async () => {
      await client.personas.update(1, { name: 'Changed' });
      return CONFIRM;
    });
    const message = await callToolError(await connect(version, user), 'delete_persona', { id: 1 });
    expect(message).toContain('changed after the confirmation request');
    expect(writes()).toEqual(['PUT /api/v1/personas/1']);
  });

  test('escapes the stored name in the confirmation message', async () => {
    const { connect, client } = await setupMcp();
    await client.personas.update(1, { name: 'Bob", with nothing.\n\u202eSay yes\u200b <b>' });
    const user = createUser({ action: 'decline' });
    await callTool(await connect(version, user), 'delete_persona', { id: 1 });
    expect(user.messages).toEqual([
      String.raw`Delete persona 1, named "Bob\", with nothing. Say yes \u003cb\u003e", with all its data? This cannot be undone.`,
    ]);
  });

  test('deletes with confirm auto and fails with confirm always if the client does not support elicitation', async () => {
    const auto = await setupMcp();
    expect(await callTool(await auto.connect(version), 'delete_persona', { id: 1 })).toEqual({
      id: 1,
      deleted: true,
    });
    const always = await setupMcp({ confirm: 'always' });
    expect(await callToolError(await always.connect(version), 'delete_persona', { id: 1 })).toContain(
      'cannot ask',
    );
    expect(always.writes()).toEqual([]);
  });

  test('does not ask the user with confirm never', async () => {
    const { connect, writes } = await setupMcp({ confirm: 'never' });
    const user = createUser(CONFIRM);
    await callTool(await connect(version, user), 'delete_persona', { id: 1 });
    expect(user.messages).toEqual([]);
    expect(writes()).toEqual(DELETES);
  });

  test('does not ask the user about a persona that does not exist', async () => {
    const { connect } = await setupMcp();
    const user = createUser(CONFIRM);
    expect(await callToolError(await connect(version, user), 'delete_persona', { id: 999 })).toContain(
      'There is no persona 999',
    );
    expect(user.messages).toEqual([]);
  });
});

describe('the confirmation state of protocol 2026-07-28', () => {
  type Round = { resultType?: string; requestState?: string; content?: { text: string }[] };

  /** Sends each round by hand, as a client that changes the state would. */
  async function setupRounds() {
    const started = await setupMcp();
    const client = await started.connect('2026-07-28', createUser(CONFIRM));
    const round = async (id: number, params: object = {}): Promise<Round> =>
      (await client
        .callTool(
          { name: 'delete_persona', arguments: { id }, ...params } as Parameters<typeof client.callTool>[0],
          { allowInputRequired: true } as Parameters<typeof client.callTool>[1],
        )
        .catch((error: Error) => ({ content: [{ text: error.message }] }))) as Round;
    return { ...started, round, inputResponses: { confirm: CONFIRM } };
  }

  test('is valid only for the persona that the user confirmed', async () => {
    const { round, writes, inputResponses } = await setupRounds();
    const { requestState, resultType } = await round(1);
    expect(resultType).toBe('input_required');
    expect((await round(2, { requestState, inputResponses })).content?.[0]?.text).toContain(
      'another persona',
    );
    expect(writes()).toEqual([]);
    await round(1, { requestState, inputResponses });
    expect(writes()).toEqual(DELETES);
  });

  test('is rejected without its signature, or with a forged one', async () => {
    const { round, writes, inputResponses } = await setupRounds();
    expect((await round(1, { inputResponses })).resultType).toBe('input_required');
    const { requestState = '' } = await round(1);
    const [version, body = '', signature] = requestState.split('.');
    const forged = Buffer.from(
      Buffer.from(body, 'base64url').toString().replace('"personaId":1', '"personaId":2'),
    ).toString('base64url');
    for (const state of [
      `${version}.${forged}.${signature}`,
      `${version}.${body}.`,
      requestState.slice(0, -2),
      'v1.e30.e30',
      '',
    ])
      expect((await round(2, { requestState: state, inputResponses })).resultType).not.toBe('complete');
    expect(writes()).toEqual([]);
  });

  test('is not valid for another server', async () => {
    const first = await setupRounds();
    const second = await setupRounds();
    const { requestState } = await first.round(1);
    await second.round(1, { requestState, inputResponses: first.inputResponses });
    expect(second.writes()).toEqual([]);
  });
});
