import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../src/service/dialects/types.js';
import { createTokens } from '../../../src/service/tokens.js';

it('gives a pair for a refresh token once, though it was verified twice before', async () => {
  const tokens = createTokens({ users: { admin: 'pw' } }, Date.now);
  const pair = await tokens.login('admin', 'pw');
  const claims = await tokens.verify(`Bearer ${pair?.refresh_token}`, 'refresh');
  const [first, second] = await Promise.allSettled([tokens.rotate(claims), tokens.rotate(claims)]);
  expect(first).toMatchObject({ status: 'fulfilled', value: { access_token: expect.any(String) } });
  expect(second).toMatchObject({ status: 'rejected', reason: expect.any(Refusal) });
});

describe('a refresh token that comes again', () => {
  /** Tokens and a clock, with one refresh token that is spent at 0 s. */
  async function spentOnce(options: { revokeOnReuse?: boolean; reuseLeewaySeconds?: number }) {
    let seconds = 0;
    const tokens = createTokens({ users: { admin: 'pw' }, ...options }, () => 1.8e12 + seconds * 1000);
    const first = await tokens.login('admin', 'pw');
    const refresh = async (pair: typeof first) =>
      tokens.rotate(await tokens.verify(`Bearer ${pair?.refresh_token}`, 'refresh'));
    const second = await refresh(first);
    const outcome = (pair: typeof first, at: number) => {
      seconds = at;
      return refresh(pair).then(
        (given) => given,
        () => 'refused',
      );
    };
    return { first, second, outcome };
  }

  it('is refused, and the session goes on', async () => {
    const { first, second, outcome } = await spentOnce({});
    expect(await outcome(first, 0)).toBe('refused');
    expect(await outcome(second, 1)).toMatchObject({ refresh_token: expect.any(String) });
  });

  it('is refused too when the clock was set back meanwhile', async () => {
    const { first, outcome } = await spentOnce({});
    expect(await outcome(first, -1)).toBe('refused');
  });

  it('ends the session where it is taken for stolen', async () => {
    const { first, second, outcome } = await spentOnce({ revokeOnReuse: true });
    expect(await outcome(first, 0)).toBe('refused');
    expect(await outcome(second, 1)).toBe('refused');
  });

  it('gives the same pair within the leeway, and is taken for stolen after it', async () => {
    const { first, second, outcome } = await spentOnce({ revokeOnReuse: true, reuseLeewaySeconds: 10 });
    expect(await outcome(first, 9)).toEqual(second);
    expect(await outcome(first, 10)).toBe('refused');
    expect(await outcome(second, 11)).toBe('refused');
  });
});
