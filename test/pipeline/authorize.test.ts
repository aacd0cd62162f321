import { describe, expect, it } from 'vitest';
import { PersonaConnectionError } from '../../src/errors.js';
import { authorize, type Tokens } from '../../src/pipeline/authorize.js';
import type { Answer } from '../../src/pipeline/types.js';
import { anAttempt, answer, rejection } from './support.js';

/** `next` as a service that accepts one token; `tokens` as a source that gives one after the other. */
function setUp(accepted: string | undefined, given: (string | undefined)[], refusal: Answer = answer(401)) {
  const sent: (string | undefined)[] = [];
  const refused: (string | undefined)[] = [];
  const tokens: Tokens = {
    current: async () => given[0],
    replace: async (token) => {
      refused.push(token);
      return given[refused.length];
    },
  };
  const send = authorize(tokens)(async ({ headers }) => {
    sent.push(headers.authorization);
    return headers.authorization === accepted ? answer(200) : refusal;
  });
  return { send, sent, refused };
}

describe('authorize', () => {
  it('sends the token as a bearer, and none when there is none', async () => {
    const one = setUp('Bearer t1', ['t1']);
    expect((await one.send(anAttempt())).status).toBe(200);
    expect(one.sent).toEqual(['Bearer t1']);
    const none = setUp(undefined, [undefined]);
    expect((await none.send(anAttempt())).status).toBe(200);
    expect(none.sent).toEqual([undefined]);
  });

  it('replaces a refused token, says which one, and sends once more', async () => {
    const { send, sent, refused } = setUp('Bearer t2', ['t1', 't2']);
    expect((await send(anAttempt())).status).toBe(200);
    expect(sent).toEqual(['Bearer t1', 'Bearer t2']);
    expect(refused).toEqual(['t1']);
  });

  it("takes the JWT layer's 422 for a refusal, and a validation's 422 not", async () => {
    const jwt = setUp('Bearer t2', ['t1', 't2'], answer(422, { msg: 'Not enough segments' }));
    expect((await jwt.send(anAttempt())).status).toBe(200);
    const validation = setUp('Bearer t2', ['t1', 't2'], answer(422, { message: 'Bad', errors: {} }));
    expect((await validation.send(anAttempt())).status).toBe(422);
    expect(validation.refused).toEqual([]);
  });

  it('replays once per call, over all its attempts', async () => {
    const { send, sent } = setUp('Bearer never', ['t1', 't2', 't3', 't4']);
    const attempt = anAttempt();
    await send(attempt);
    await send({ ...attempt, number: 2 });
    expect(sent).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t1']);
  });

  it('hands on the refusal when there is no other token', async () => {
    const { send, sent } = setUp('Bearer t2', ['t1', undefined]);
    expect((await send(anAttempt())).status).toBe(401);
    expect(sent).toHaveLength(1);
    const same = setUp('Bearer t2', ['t1', 't1']);
    expect((await same.send(anAttempt())).status).toBe(401);
    expect(same.sent).toHaveLength(1);
  });

  it('asks for no token where the endpoint needs none', async () => {
    const { send, sent } = setUp(undefined, ['t1']);
    await send(anAttempt({ without: ['authorize'] }));
    expect(sent).toEqual([undefined]);
  });

  it("tells a source's failure as this call's own: nothing of it was sent", async () => {
    const failed = new PersonaConnectionError('auth.refresh (POST http://service.test/auth) failed', {
      request: { id: 'other', method: 'POST', url: 'http://service.test/auth' },
      attempts: 1,
    });
    const send = authorize({ current: () => Promise.reject(failed), replace: async () => undefined })(
      async () => answer(200),
    );
    const attempt = anAttempt({ method: 'POST', write: true, name: 'personas.create' });
    const error = await rejection(send(attempt));
    expect(error).toBeInstanceOf(PersonaConnectionError);
    expect(error).toMatchObject({ request: { id: 'call-1' }, maybeApplied: false, cause: failed });
    expect(error.message).toMatch(/personas\.create.*could not be sent.*Nothing was written/);
  });
});
