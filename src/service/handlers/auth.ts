import { type ErrorShapes, isObject, Refusal } from '../dialects/types.js';
import { jsonAnswer } from '../exchange.js';
import type { Claims, Tokens } from '../tokens.js';
import type { Call, Handler } from './types.js';

/** Login, refresh with rotation, and logout (wire contract, "Authentication"). */
export function authHandlers(tokens: Tokens, errors: ErrorShapes) {
  function claimsOf({ claims }: Call): Claims {
    if (claims === undefined) throw new Error('a route of auth was declared without its token');
    return claims;
  }

  const login: Handler = async (call) => {
    const body = call.json();
    const { username, password } = isObject(body) ? body : {};
    if (typeof username !== 'string' || typeof password !== 'string') {
      throw new Refusal(errors.error(400, 'Username and password are required'));
    }
    const pair = await tokens.login(username, password);
    return pair ? jsonAnswer(200, pair) : errors.error(401, 'Invalid username or password');
  };

  const refresh: Handler = async (call) => jsonAnswer(200, await tokens.rotate(claimsOf(call)));

  const logout: Handler = (call) => {
    tokens.revoke(claimsOf(call));
    return jsonAnswer(200, { message: 'Successfully logged out' });
  };

  return { login, refresh, logout };
}
