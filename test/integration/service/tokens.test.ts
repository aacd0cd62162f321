import { describe, expect, it } from 'vitest';
import { HttpError } from '../../../src/service/dialects/types.js';
import { createTokenIssuer } from '../../../src/service/tokens.js';

it('exchanges a refresh token only once, even if it was verified twice before', async () => {
  const tokens = createTokenIssuer({ users: { admin: 'pw' } }, Date.now);
  const pair = await tokens.login('admin', 'pw');
  const claims = await tokens.verify(`Bearer ${pair?.refresh_token}`, 'refresh');
  const [first, second] = await Promise.allSettled([tokens.rotate(claims), tokens.rotate(claims)]);
  expect(first).toMatchObject({ status: 'fulfilled', value: { access_token: expect.any(String) } });
  expect(second).toMatchObject({ status: 'rejected', reason: expect.any(HttpError) });
});

describe('a refresh token that is used twice', () => {
  /** Creates tokens with a clock, and uses the first refresh token at 0 s. */
  async function useRefreshToken(options: { revokeOnReuse?: boolean; reuseLeewaySeconds?: number }) {
    let seconds = 0;
    const tokens = createTokenIssuer({ users: { admin: 'pw' }, ...options }, () => 1.8e12 + seconds * 1000);
    const first = await tokens.login('admin', 'pw');
    const refresh = async (pair: typeof first) =>
      tokens.rotate(await tokens.verify(`Bearer ${pair?.refresh_token}`, 'refresh'));
    const second = await refresh(first);
    const refreshAt = (pair: typeof first, timeSeconds: number) => {
      seconds = timeSeconds;
      return refresh(pair).then(
        (newPair) => newPair,
        () => 'rejected',
      );
    };
    return { first, second, refreshAt };
  }

  it('is rejected, and the session continues', async () => {
    const { first, second, refreshAt } = await useRefreshToken({});
    expect(await refreshAt(first, 0)).toBe('rejected');
    expect(await refreshAt(second, 1)).toMatchObject({ refresh_token: expect.any(String) });
  });

  it('is rejected if the clock was set back in between', async () => {
    const { first, refreshAt } = await useRefreshToken({});
    expect(await refreshAt(first, -1)).toBe('rejected');
  });

  it('ends the session with revokeOnReuse', async () => {
    const { first, second, refreshAt } = await useRefreshToken({ revokeOnReuse: true });
    expect(await refreshAt(first, 0)).toBe('rejected');
    expect(await refreshAt(second, 1)).toBe('rejected');
  });

  it('returns the same pair within the leeway, and ends the session after it', async () => {
    const { first, second, refreshAt } = await useRefreshToken({
      revokeOnReuse: true,
      reuseLeewaySeconds: 10,
    });
    expect(await refreshAt(first, 9)).toEqual(second);
    expect(await refreshAt(first, 10)).toBe('rejected');
    expect(await refreshAt(second, 11)).toBe('rejected');
  });
});
