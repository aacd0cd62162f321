import type { AuthOptions, ClientOptions } from 'persona-client';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { serve } from './service.js';

export const credentials = { username: 'admin', password: 'correct horse' };

export const bob = { username: 'bob', password: 'battery staple' };

/** A service that asks for tokens, and a client of it that caches nothing. */
export async function setUp(
  auth?: AuthOptions,
  given: PersonaServiceOptions = {},
  client: ClientOptions = {},
) {
  const { service, url, connect } = await serve({
    auth: { users: { admin: credentials.password, bob: bob.password } },
    ...given,
  });
  const own = (options: ClientOptions = {}) =>
    connect({ cache: false, ...(auth && { auth }), ...client, ...options });
  return {
    service,
    url,
    connect: own,
    client: own(),
    sent: (path: string) => service.requests.filter((request) => request.path.startsWith(path)).length,
  };
}

export const signIn = async (
  url: string,
  who = credentials,
): Promise<{ accessToken: string; refreshToken: string }> => {
  const response = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(who),
  });
  const { access_token, refresh_token } = (await response.json()) as Record<string, string>;
  return { accessToken: access_token ?? '', refreshToken: refresh_token ?? '' };
};

/** What the JWT layer says to a token that has ended (wire contract). */
export const expired = { status: 401, body: '{"msg":"Token has expired"}', contentType: 'application/json' };
