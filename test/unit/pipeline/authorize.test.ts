import { describe, expect, it } from 'vitest';
import { buildHeaders, type Call, type TokenProvider } from '../../../src/core/call.js';
import { createProgress } from '../../../src/core/call-progress.js';
import { PersonaAuthenticationError, PersonaConnectionError } from '../../../src/core/errors/index.js';
import type { HttpResponse } from '../../../src/core/response.js';
import { authorize } from '../../../src/pipeline/authorize.js';
import { expectRejection } from '../../support/failures.js';
import { createAttempt, createResponse } from '../../support/pipeline.js';

const IDENTITY = 'user-1';
const EPOCH = 1;

/** A service that accepts one authorization header, and a provider that returns the tokens in order. */
function setup(
  accepted: string | undefined,
  tokens: (string | undefined)[],
  rejection: HttpResponse = createResponse(401),
) {
  const sent: (string | undefined)[] = [];
  const replaced: (string | undefined)[] = [];
  const rejectedReplacements: string[] = [];
  const provider: TokenProvider = {
    identity: IDENTITY,
    epoch: EPOCH,
    prepare: () => undefined,
    onReplacementRejected: (token) => rejectedReplacements.push(token),
    getToken: async () => ({ epoch: EPOCH, token: tokens[0] }),
    replaceToken: async (token) => {
      replaced.push(token);
      return { epoch: EPOCH, token: tokens[replaced.length] };
    },
  };
  const send = authorize(async ({ call, token }) => {
    const { authorization } = buildHeaders(call, token);
    sent.push(authorization);
    return authorization === accepted ? createResponse(200) : rejection;
  });
  const attempt = (overrides: Partial<Call> = {}) => createAttempt({ tokens: provider, ...overrides });
  return { send, sent, replaced, rejectedReplacements, attempt };
}

describe('authorize', () => {
  it('sends the token as a bearer token', async () => {
    const { send, sent, attempt } = setup('Bearer t1', ['t1']);
    expect((await send(attempt())).status).toBe(200);
    expect(sent).toEqual(['Bearer t1']);
  });

  it('sends no authorization header without a token', async () => {
    const { send, sent, attempt } = setup(undefined, [undefined]);
    expect((await send(attempt())).status).toBe(200);
    expect(sent).toEqual([undefined]);
  });

  it('replaces a rejected token and resends the attempt', async () => {
    const { send, sent, replaced, attempt } = setup('Bearer t2', ['t1', 't2']);
    expect((await send(attempt())).status).toBe(200);
    expect(sent).toEqual(['Bearer t1', 'Bearer t2']);
    expect(replaced).toEqual(['t1']);
  });

  it('treats a 422 of the JWT library as a rejected token, but not a 422 of input validation', async () => {
    const jwt = setup('Bearer t2', ['t1', 't2'], createResponse(422, { msg: 'Not enough segments' }));
    expect((await jwt.send(jwt.attempt())).status).toBe(200);
    const validation = setup('Bearer t2', ['t1', 't2'], createResponse(422, { message: 'Bad', errors: {} }));
    expect((await validation.send(validation.attempt())).status).toBe(422);
    expect(validation.replaced).toEqual([]);
  });

  it('replaces the token once per call, not once per attempt', async () => {
    const { send, sent, attempt } = setup('Bearer never', ['t1', 't2', 't3', 't4']);
    const first = attempt();
    await send(first);
    await send({ ...first, number: 2 });
    expect(sent).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t1']);
  });

  it('reports a replacement that the service rejects as well, and no other token', async () => {
    const rejected = setup('Bearer never', ['t1', 't2']);
    await rejected.send(rejected.attempt());
    expect(rejected.rejectedReplacements).toEqual(['t2']);
    const accepted = setup('Bearer t2', ['t1', 't2']);
    await accepted.send(accepted.attempt());
    expect(accepted.rejectedReplacements).toEqual([]);
  });

  it.each([
    ['no token', undefined],
    ['the same token', 't1'],
  ])('returns the rejection if the provider has %s', async (_name, replacement) => {
    const { send, sent, attempt } = setup('Bearer t2', ['t1', replacement]);
    expect((await send(attempt())).status).toBe(401);
    expect(sent).toHaveLength(1);
  });

  it('sends no token to an endpoint that skips this layer', async () => {
    const { send, sent, attempt } = setup(undefined, ['t1']);
    await send(attempt({ skipLayers: ['authorize'] }));
    expect(sent).toEqual([undefined]);
  });

  it('reports a failed token request as an error of the call, which was not sent', async () => {
    const refreshError = new PersonaConnectionError('auth.refresh (POST http://service.test/auth) failed', {
      request: { id: 'other', method: 'POST', url: 'http://service.test/auth' },
      attempts: 1,
    });
    const send = authorize(async () => createResponse(200));
    const tokens: TokenProvider = {
      identity: IDENTITY,
      epoch: EPOCH,
      prepare: () => undefined,
      onReplacementRejected: () => {},
      getToken: () => Promise.reject(refreshError),
      replaceToken: () => Promise.reject(refreshError),
    };
    const attempt = createAttempt({ tokens, method: 'POST', isWrite: true, name: 'personas.create' });
    const error = await expectRejection(PersonaConnectionError, send(attempt));
    expect(error).toMatchObject({ request: { id: 'call-1' }, maybeApplied: false, cause: refreshError });
    expect(error.message).toMatch(/personas\.create.*could not be sent.*Nothing was written/);
  });

  it('sends nothing if another user started the call', async () => {
    const { send, sent, attempt } = setup('Bearer t1', ['t1']);
    const work = send(attempt({ epoch: 2, method: 'PUT', isWrite: true }));
    const error = await expectRejection(PersonaAuthenticationError, work);
    expect(error).toMatchObject({ code: 'unauthenticated', maybeApplied: false });
    expect(error.message).toMatch(
      /the logged-in user changed, or may have changed, after the call started.*Nothing was written/,
    );
    expect(sent).toEqual([]);
  });

  it.each([
    [0, / was not sent: /],
    [1, / was not sent again: /],
  ])('says whether an attempt was already sent: %i', async (attempts, outcome) => {
    const { send, attempt } = setup('Bearer t1', ['t1']);
    const progress = { ...createProgress(), attempts };
    const error = await expectRejection(PersonaAuthenticationError, send(attempt({ epoch: 2, progress })));
    expect(error.message).toMatch(outcome);
  });

  it('does not resend with a replacement token of another user', async () => {
    const { sent, attempt, send } = setup('Bearer t2', ['t1']);
    const changed = attempt();
    Object.assign(changed.call.tokens, {
      replaceToken: async () => ({ epoch: 2, token: 't2' }),
    });
    const error = await expectRejection(PersonaAuthenticationError, send(changed));
    expect(error.code).toBe('unauthenticated');
    expect(sent).toEqual(['Bearer t1']);
  });

  it('does not send a token of another user', async () => {
    const { sent, attempt, send } = setup('Bearer t1', ['t1']);
    const changed = attempt();
    Object.assign(changed.call.tokens, { getToken: async () => ({ epoch: 2, token: 't2' }) });
    const error = await expectRejection(PersonaAuthenticationError, send(changed));
    expect(error.code).toBe('unauthenticated');
    expect(sent).toEqual([]);
  });
});
