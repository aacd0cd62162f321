import type { Bearer, TokenProvider } from '../core/call.js';

const NO_BEARER: Bearer = { epoch: 0, token: undefined };

/** Provides no token: to clients without credentials, and to the requests that obtain tokens. */
export const withoutTokens = (identity: string): TokenProvider => ({
  identity,
  epoch: NO_BEARER.epoch,
  prepare: () => undefined,
  getToken: () => NO_BEARER,
  replaceToken: async () => NO_BEARER,
  onReplacementRejected: () => {},
});
