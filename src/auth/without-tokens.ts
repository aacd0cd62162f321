import type { Bearer, TokenProvider } from '../core/call.js';

const NO_BEARER: Bearer = { epoch: 0, token: undefined };

/** Provides no tokens. Used by clients without credentials, and by the login, refresh and logout requests. */
export const withoutTokens = (identity: string): TokenProvider => ({
  identity,
  epoch: NO_BEARER.epoch,
  prepare: () => undefined,
  getToken: () => NO_BEARER,
  replaceToken: async () => NO_BEARER,
  onReplacementRejected: () => {},
});
