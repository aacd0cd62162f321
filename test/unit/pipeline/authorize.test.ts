import { describe, expect, it } from 'vitest';
import type { Call, TokenProvider } from '../../../src/core/call.js';
import { PersonaConnectionError } from '../../../src/core/errors/index.js';
import type { HttpResponse } from '../../../src/core/response.js';
import { authorize } from '../../../src/pipeline/authorize.js';
import { anAttempt, answer, rejection } from '../../support/pipeline.js';

/** `next` as a service that accepts one token; `tokens` as a source that gives one after the other. */
function setUp(
  accepted: string | undefined,
  given: (string | undefined)[],
  refusal: HttpResponse = answer(401),
) {
  const sent: (string | undefined)[] = [];
  const refused: (string | undefined)[] = [];
  const tokens: TokenProvider = {
    identity: 'somebody',
    current: async () => ({ identity: 'somebody', token: given[0] }),
    replace: async (token) => {
      refused.push(token);
      return { identity: 'somebody', token: given[refused.length] };
    },
  };
  const send = authorize(async ({ headers }) => {
    sent.push(headers.authorization);
    return headers.authorization === accepted ? answer(200) : refusal;
  });
  const attempt = (given: Partial<Call> = {}) => anAttempt({ tokens, ...given });
  return { send, sent, refused, attempt };
}

describe('authorize', () => {
  it('sends the token as a bearer, and none when there is none', async () => {
    const one = setUp('Bearer t1', ['t1']);
    expect((await one.send(one.attempt())).status).toBe(200);
    expect(one.sent).toEqual(['Bearer t1']);
    const none = setUp(undefined, [undefined]);
    expect((await none.send(none.attempt())).status).toBe(200);
    expect(none.sent).toEqual([undefined]);
  });

  it('replaces a refused token, says which one, and sends once more', async () => {
    const { send, sent, refused, attempt } = setUp('Bearer t2', ['t1', 't2']);
    expect((await send(attempt())).status).toBe(200);
    expect(sent).toEqual(['Bearer t1', 'Bearer t2']);
    expect(refused).toEqual(['t1']);
  });

  it("takes the JWT layer's 422 for a refusal, and a validation's 422 not", async () => {
    const jwt = setUp('Bearer t2', ['t1', 't2'], answer(422, { msg: 'Not enough segments' }));
    expect((await jwt.send(jwt.attempt())).status).toBe(200);
    const validation = setUp('Bearer t2', ['t1', 't2'], answer(422, { message: 'Bad', errors: {} }));
    expect((await validation.send(validation.attempt())).status).toBe(422);
    expect(validation.refused).toEqual([]);
  });

  it('replays once per call, over all its attempts', async () => {
    const { send, sent, attempt } = setUp('Bearer never', ['t1', 't2', 't3', 't4']);
    const first = attempt();
    await send(first);
    await send({ ...first, number: 2 });
    expect(sent).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t1']);
  });

  it('hands on the refusal when there is no other token', async () => {
    const { send, sent, attempt } = setUp('Bearer t2', ['t1', undefined]);
    expect((await send(attempt())).status).toBe(401);
    expect(sent).toHaveLength(1);
    const same = setUp('Bearer t2', ['t1', 't1']);
    expect((await same.send(same.attempt())).status).toBe(401);
    expect(same.sent).toHaveLength(1);
  });

  it('asks for no token where the endpoint needs none', async () => {
    const { send, sent, attempt } = setUp(undefined, ['t1']);
    await send(attempt({ skipLayers: ['authorize'] }));
    expect(sent).toEqual([undefined]);
  });

  it("tells a source's failure as this call's own: nothing of it was sent", async () => {
    const failed = new PersonaConnectionError('auth.refresh (POST http://service.test/auth) failed', {
      request: { id: 'other', method: 'POST', url: 'http://service.test/auth' },
      attempts: 1,
    });
    const send = authorize(async () => answer(200));
    const tokens: TokenProvider = {
      identity: 'somebody',
      current: () => Promise.reject(failed),
      replace: () => Promise.reject(failed),
    };
    const attempt = anAttempt({ tokens, method: 'POST', isWrite: true, name: 'personas.create' });
    const error = await rejection(send(attempt));
    expect(error).toBeInstanceOf(PersonaConnectionError);
    expect(error).toMatchObject({ request: { id: 'call-1' }, maybeApplied: false, cause: failed });
    expect(error.message).toMatch(/personas\.create.*could not be sent.*Nothing was written/);
  });

  it('sends nothing of a call that was begun as somebody else', async () => {
    const { send, sent, attempt } = setUp('Bearer t1', ['t1']);
    const error = await rejection(send(attempt({ identity: 'another', method: 'PUT', isWrite: true })));
    expect(error).toMatchObject({ code: 'unauthenticated', maybeApplied: false });
    expect(error.message).toMatch(/signed in or out since it was begun.*Nothing was written/);
    expect(sent).toEqual([]);
  });

  it('does not replay with a token of somebody else, though it is the same who is signed in again by then', async () => {
    const { sent, attempt, send } = setUp('Bearer t2', ['t1']);
    const own = attempt();
    Object.assign(own.call.tokens, { replace: async () => ({ identity: 'another', token: 't2' }) });
    expect((await rejection(send(own))).code).toBe('unauthenticated');
    expect(sent).toEqual(['Bearer t1']);
  });

  it('sends no token of somebody else that was at hand for a moment', async () => {
    const { sent, attempt, send } = setUp('Bearer t1', ['t1']);
    const own = attempt();
    Object.assign(own.call.tokens, { current: async () => ({ identity: 'another', token: 't2' }) });
    expect((await rejection(send(own))).code).toBe('unauthenticated');
    expect(sent).toEqual([]);
  });
});
