import type { AuthOptions, ClientOptions } from 'persona-client';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { startService } from './service.js';

export const ADMIN = { username: 'admin', password: 'correct horse' };
export const BOB = { username: 'bob', password: 'battery staple' };
/** The users of the service. */
export const USERS = { admin: ADMIN.password, bob: BOB.password };

export const LOGIN_PATH = '/api/v1/auth/login';
export const REFRESH_PATH = '/api/v1/auth/refresh';

/** Starts a service with authentication, and creates a client without a cache. */
export async function setupAuth(
  auth?: AuthOptions,
  serviceOptions: PersonaServiceOptions = {},
  clientOptions: ClientOptions = {},
) {
  const { service, url, connect } = await startService({
    auth: { users: USERS },
    ...serviceOptions,
  });
  const createClient = (options: ClientOptions = {}) =>
    connect({ cache: false, ...(auth && { auth }), ...clientOptions, ...options });
  return {
    service,
    url,
    connect: createClient,
    client: createClient(),
    /** Counts the requests to a path, or to paths below it. */
    requestCount: (path: string) =>
      service.requests.filter((request) => request.path.startsWith(path)).length,
  };
}

/** Logs in without a client, and returns the tokens. */
export const login = async (
  url: string,
  user = ADMIN,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<{ accessToken: string; refreshToken: string }> => {
  const response = await fetch(`${url}${LOGIN_PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(user),
  });
  const { access_token, refresh_token } = (await response.json()) as Record<string, string>;
  return { accessToken: access_token ?? '', refreshToken: refresh_token ?? '' };
};

/** Returns the subject of a JWT, with or without the prefix `Bearer`. */
export const tokenSubject = (token = ''): unknown => JSON.parse(atob(token.split('.')[1] ?? 'bnVsbA==')).sub;

/** The service's response to an expired token. */
export const EXPIRED_TOKEN_RESPONSE = {
  status: 401,
  body: '{"msg":"Token has expired"}',
  contentType: 'application/json',
};
