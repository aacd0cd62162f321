import type { AuthOptions, ClientOptions } from 'persona-client';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { startService } from './service.js';

export const credentials = { username: 'admin', password: 'correct horse' };

export const bob = { username: 'bob', password: 'battery staple' };

/** Starts a service with authentication, and creates a client without a cache. */
export async function setup(
  auth?: AuthOptions,
  serviceOptions: PersonaServiceOptions = {},
  clientOptions: ClientOptions = {},
) {
  const { service, url, connect } = await startService({
    auth: { users: { admin: credentials.password, bob: bob.password } },
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

/** Logs in without a client. */
export const login = async (
  url: string,
  user = credentials,
): Promise<{ accessToken: string; refreshToken: string }> => {
  const response = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(user),
  });
  const { access_token, refresh_token } = (await response.json()) as Record<string, string>;
  return { accessToken: access_token ?? '', refreshToken: refresh_token ?? '' };
};

/** The service's response to an expired token. */
export const EXPIRED_TOKEN_RESPONSE = {
  status: 401,
  body: '{"msg":"Token has expired"}',
  contentType: 'application/json',
};
