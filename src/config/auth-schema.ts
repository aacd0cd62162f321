import * as z from 'zod/mini';
import { addUnknownNames, partialObject } from '../schemas/objects.js';
import { tokenSchema } from '../schemas/token.js';
import { addIssue, applySchema, customSchema, nonEmpty } from '../schemas/validators.js';

/** The names that `AuthOptions` may contain together. */
const SHAPES = ['username,password', 'token', 'accessToken,refreshToken', 'getToken'];

/** Validates `AuthOptions`. */
export function authSchema() {
  const fields = {
    username: nonEmpty,
    password: nonEmpty,
    token: tokenSchema,
    accessToken: tokenSchema,
    refreshToken: tokenSchema,
    getToken: () => z.custom<never>((value) => typeof value === 'function', 'must be a function'),
  };
  const names = Object.keys(fields);
  const schema = partialObject(fields);
  return customSchema<object>((payload) => {
    const { value } = payload;
    const given = names.filter((name) => Object(value)[name] !== undefined).join();
    if (SHAPES.includes(given)) return applySchema(schema, payload);
    addUnknownNames(payload, names);
    addIssue(
      payload,
      [],
      'must be { username, password }, { token }, { accessToken, refreshToken } or { getToken }',
    );
  });
}
