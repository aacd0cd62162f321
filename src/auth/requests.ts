import * as z from 'zod/mini';
import type { Credentials } from '../config/auth-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import { lowerCaseNames } from '../config/resolve-request-options.js';
import { assertSecureOrigin } from '../config/secure-origin.js';
import type { TokenPair } from '../config/token-store.js';
import type { AbortSignalLike } from '../core/abort.js';
import { type Bearer, type Call, describeCall, errorDetails, type TokenProvider } from '../core/call.js';
import { emitCallEnd, emitCallStart } from '../core/call-log.js';
import { createProgress } from '../core/call-progress.js';
import { PersonaAuthenticationError } from '../core/errors/index.js';
import type { EventEmitter } from '../core/event-emitter.js';
import { monotonicNow } from '../core/monotonic-now.js';
import { RequestId } from '../core/request-id.js';
import { findErrorMessage, type HttpResponse, isServiceError } from '../core/response.js';
import { CallSignal } from '../pipeline/call-signal.js';
import { decodeStrictly } from '../pipeline/decode.js';
import { errorFromResponse } from '../pipeline/errors-from-status.js';
import type { Send } from '../pipeline/layer.js';
import { createSanitizer } from '../pipeline/sanitize-message.js';
import { once } from '../schemas/once.js';
import { isToken } from '../schemas/token.js';
import { tokenLifetimeMs } from './jwt.js';

/**
 * The login, refresh and logout requests.
 *
 * These requests pass only through `observe -> exchange`, because the full pipeline waits for tokens.
 */
export interface AuthRequests {
  login(credentials: Credentials): Promise<TokenPair>;
  refresh(tokens: TokenPair): Promise<TokenPair>;
  logout(accessToken: string): Promise<void>;
}

type Action = keyof AuthRequests;

/** Adds no token: the auth requests set their own `Authorization` header. */
const NO_BEARER: Bearer = { epoch: 0, token: undefined };
const noTokens: TokenProvider = {
  identity: '',
  epoch: NO_BEARER.epoch,
  prepare: () => undefined,
  getToken: () => NO_BEARER,
  replaceToken: async () => NO_BEARER,
  onReplacementRejected: () => {},
};

const tokenResponseSchema = once(() =>
  z.looseObject({
    access_token: z.string(),
    refresh_token: z.nullish(z.string()),
  }),
);

/**
 * Creates the auth requests.
 *
 * @param send the layers `observe -> exchange`.
 * @param closeSignal aborts when the client is closed.
 */
export function createAuthRequests(
  options: ResolvedOptions,
  send: Send,
  events: EventEmitter,
  closeSignal: AbortSignalLike,
): AuthRequests {
  /** Headers from the client options, such as a gateway's API key. Drops `content-type`, which `buildHeaders` sets. */
  const clientHeaders = () => {
    const { 'content-type': _, ...headers } = lowerCaseNames(options.headers);
    return headers;
  };

  async function post<T>(
    action: Action,
    { bearer, body }: { bearer?: string; body?: unknown },
    parse: (call: Call, response: HttpResponse) => T,
  ): Promise<T> {
    const name = `auth.${action}`;
    const credentialPath = [action === 'login' ? 'password' : 'token'];
    assertSecureOrigin(options, name, [credentialPath]);
    const startedAt = monotonicNow();
    const { deadlineMs } = options;
    const signal = new CallSignal(name, startedAt, {
      deadlineMs,
      callerSignal: undefined,
      closeSignal,
    });
    const headers = clientHeaders();
    const callId = events.nextCallId();
    const call: Call = {
      callId,
      requestId: new RequestId(events, callId, headers['x-request-id'] ?? undefined),
      identity: noTokens.identity,
      epoch: noTokens.epoch,
      tokens: noTokens,
      name,
      method: 'POST',
      isWrite: false, // changes no persona, so maybeApplied stays false
      base: options.apiUrl,
      path: `/auth/${action}`,
      headers: {
        ...headers,
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      personaId: undefined,
      skipLayers: [],
      signal,
      deadline: signal,
      timeoutMs: options.timeoutMs,
      retry: options.retry,
      startedAt,
      progress: createProgress(),
    };
    signal.attach(call);
    emitCallStart(events, call);
    try {
      const response = await send({ call, number: 1 });
      if (response.status < 200 || response.status >= 300)
        throw errorFromAuthResponse(call, action, response);
      const result = parse(call, response);
      emitCallEnd(events, call, { source: 'network' });
      return result;
    } catch (error) {
      emitCallEnd(events, call, { error });
      throw error;
    } finally {
      signal.end();
    }
  }

  return {
    login: (credentials) => post('login', { body: credentials }, parseTokens),
    refresh: ({ refreshToken }) =>
      post('refresh', refreshToken === undefined ? {} : { bearer: refreshToken }, (call, response) => ({
        refreshToken, // without rotation, the service returns no refresh token, and the current one stays valid
        ...parseTokens(call, response),
      })),
    logout: (accessToken) => post('logout', { bearer: accessToken }, () => {}),
  };
}

function parseTokens(call: Call, response: HttpResponse): TokenPair {
  const { access_token, refresh_token } = decodeStrictly(call, response, tokenResponseSchema());
  if (!isToken(access_token) || (refresh_token && !isToken(refresh_token)))
    throw new PersonaAuthenticationError(
      `${describeCall(call)} returned ${response.status} with a malformed token. Tokens are printable ASCII without spaces.`,
      { ...errorDetails(call), status: response.status },
    );
  const lifetimeMs = tokenLifetimeMs(access_token);
  return {
    accessToken: access_token,
    ...(refresh_token ? { refreshToken: refresh_token } : {}),
    ...(lifetimeMs === undefined ? {} : { expiresAt: Date.now() + lifetimeMs }),
  };
}

/** Statuses that reject credentials. Proxies send them too, so only the service's own JSON errors count. */
const REJECTION_STATUSES = new Set([400, 401, 403, 422]);

const NEXT_STEP: Readonly<Record<Action, string>> = {
  login: ' Check the user name and password.',
  refresh: ' Log in again.',
  logout: '',
};

function errorFromAuthResponse(call: Call, action: Action, response: HttpResponse): Error {
  const { status } = response;
  const details = { ...errorDetails(call), status };
  if (status === 404 || status === 405)
    return new PersonaAuthenticationError(
      `${describeCall(call)} failed with ${status}: the service does not offer authentication. Remove \`auth\` from the client options, or check baseUrl.`,
      { ...details, code: 'auth_unsupported' },
    );
  if (!REJECTION_STATUSES.has(status)) return errorFromResponse(call, response);
  if (!isServiceError(response))
    return status === 401
      ? new PersonaAuthenticationError(
          `${describeCall(call)} failed with 401. The response is not the service's JSON error, so a proxy may have sent it. The client keeps its credentials. Check the proxy.`,
          details,
        )
      : errorFromResponse(call, response);
  const message = findErrorMessage(response);
  const reason = message && createSanitizer(call).sanitize(message);
  return new PersonaAuthenticationError(
    `${describeCall(call)} was rejected with ${status}${reason ? ` (${reason})` : ''}.${NEXT_STEP[action]}`,
    { ...details, code: 'credentials_rejected' },
  );
}
