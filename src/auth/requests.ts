import type { Credentials } from '../config/auth-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { TokenPair } from '../config/token-store.js';
import type { AbortSignalLike } from '../core/abort.js';
import type { Call } from '../core/call.js';
import type { PersonaError } from '../core/errors/index.js';
import type { EventEmitter } from '../core/event-emitter.js';
import type { HttpResponse } from '../core/response.js';
import type { Send } from '../pipeline/layer.js';
import type { ClientCode } from './client-code.js';
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

/**
 * Creates the auth requests.
 *
 * @param send the layers `observe -> exchange`.
 * @param closeSignal aborts when the client is closed.
 */
export function createAuthRequests(
  code: ClientCode,
  options: ResolvedOptions,
  send: Send,
  events: EventEmitter,
  closeSignal: AbortSignalLike,
): AuthRequests {
  const { CallSignal, createProgress, emitCallEnd, emitCallStart, lowerCaseNames, RequestId } = code;
  /** Adds no token: the auth requests set their own `Authorization` header. */
  const noTokens = code.withoutTokens('');

  async function post<T>(
    action: Action,
    { bearer, body }: { bearer?: string; body?: unknown },
    parse: (call: Call, response: HttpResponse) => T,
  ): Promise<T> {
    const name = `auth.${action}`;
    const credentialPath = [action === 'login' ? 'password' : 'token'];
    code.assertSecureOrigin(options, name, [credentialPath]);
    const startedAt = code.monotonicNow();
    const { deadlineMs } = options;
    const signal = new CallSignal(name, startedAt, {
      deadlineMs,
      callerSignal: undefined,
      closeSignal,
    });
    // Keeps headers such as a gateway's API key. `buildHeaders` sets the content type.
    const { 'content-type': _, ...headers } = lowerCaseNames(options.headers);
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
        throw errorFromAuthResponse(code, call, action, response);
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
    login: (credentials) => post('login', { body: credentials }, parseTokens.bind(undefined, code)),
    refresh: ({ refreshToken }) =>
      post('refresh', refreshToken === undefined ? {} : { bearer: refreshToken }, (call, response) => ({
        refreshToken, // without rotation, the service returns no refresh token, and the current one stays valid
        ...parseTokens(code, call, response),
      })),
    logout: (accessToken) => post('logout', { bearer: accessToken }, () => {}),
  };
}

function parseTokens(code: ClientCode, call: Call, response: HttpResponse): TokenPair {
  const { callError, decodeStrictly, isToken, PersonaAuthenticationError, tokenResponseSchema } = code;
  const { access_token, refresh_token } = decodeStrictly(call, response, tokenResponseSchema());
  if (!isToken(access_token) || (refresh_token && !isToken(refresh_token)))
    throw callError(
      PersonaAuthenticationError,
      call,
      `returned ${response.status} with a malformed token. Tokens are printable ASCII without spaces.`,
      { status: response.status },
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

function errorFromAuthResponse(
  code: ClientCode,
  call: Call,
  action: Action,
  response: HttpResponse,
): PersonaError {
  const { callError, createSanitizer, errorFromResponse, findErrorMessage } = code;
  const { status } = response;
  const error = (text: string, errorCode?: 'auth_unsupported' | 'credentials_rejected') =>
    callError(code.PersonaAuthenticationError, call, text, { status, ...(errorCode && { code: errorCode }) });
  if (status === 404 || status === 405)
    return error(
      `failed with ${status}: the service does not offer authentication. Remove \`auth\` from the client options, or check baseUrl.`,
      'auth_unsupported',
    );
  if (!REJECTION_STATUSES.has(status)) return errorFromResponse(call, response);
  if (!code.isServiceError(response))
    return status === 401
      ? error(
          "failed with 401. The response is not the service's JSON error, so a proxy may have sent it. The client keeps its credentials. Check the proxy.",
        )
      : errorFromResponse(call, response);
  const message = findErrorMessage(response);
  const reason = message && createSanitizer(call).sanitize(message);
  return error(
    `was rejected with ${status}${reason ? ` (${reason})` : ''}.${NEXT_STEP[action]}`,
    'credentials_rejected',
  );
}
