import { createRequestStateCodec, type RequestStateCodec } from '@modelcontextprotocol/server';
import type { ConfirmationState } from './shared-state.js';

/**
 * Creates a codec that signs confirmation states with a random key, so that no other server accepts them.
 *
 * The codec is created on first use, because cryptography is slow to load.
 */
export function createConfirmationCodec(): RequestStateCodec<ConfirmationState> {
  let codec: RequestStateCodec<ConfirmationState> | undefined;
  const getCodec = () => {
    codec ??= createRequestStateCodec<ConfirmationState>({
      key: crypto.getRandomValues(new Uint8Array(32)),
      bind: ({ mcpReq, http }) => `${mcpReq.method}\n${http?.authInfo?.clientId ?? ''}`,
    });
    return codec;
  };
  return {
    mint: async (state, context) => getCodec().mint(state, context),
    verify: async (state, context) => getCodec().verify(state, context),
  };
}
