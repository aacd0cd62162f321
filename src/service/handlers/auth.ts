import { type ErrorResponses, HttpError } from '../dialects/types.js';
import { jsonResponse } from '../http.js';
import { isDict } from '../python.js';
import type { Claims, TokenIssuer } from '../tokens.js';
import type { RouteContext, RouteHandler } from './types.js';

/** Creates the handlers of login, refresh with rotation, and logout. */
export function createAuthHandlers(tokenIssuer: TokenIssuer, errors: ErrorResponses) {
  function requireClaims({ claims }: RouteContext): Claims {
    if (claims === undefined) throw new Error('The route of this handler must require a token');
    return claims;
  }

  const login: RouteHandler = async (context) => {
    const body = context.json();
    const { username, password } = isDict(body) ? body : {};
    if (typeof username !== 'string' || typeof password !== 'string') {
      throw new HttpError(errors.create(400, 'Username and password are required'));
    }
    const pair = await tokenIssuer.login(username, password);
    return pair ? jsonResponse(200, pair) : errors.create(401, 'Invalid username or password');
  };

  const refresh: RouteHandler = async (context) =>
    jsonResponse(200, await tokenIssuer.rotate(requireClaims(context)));

  const logout: RouteHandler = (context) => {
    tokenIssuer.revokeSession(requireClaims(context));
    return jsonResponse(200, { message: 'Successfully logged out' });
  };

  return { login, refresh, logout };
}
