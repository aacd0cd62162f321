import * as z from 'zod/mini';
import { tokenSchema } from '../schemas/token.js';
import { addIssue, applySchema, customSchema, nonEmpty, withNames } from '../schemas/validators.js';

/** Validates `AuthOptions`. The names that are present select one of the shapes. */
export function authSchema() {
  const getToken = z.custom<never>((value) => typeof value === 'function', 'must be a function');
  const shapes = [
    { username: nonEmpty(), password: nonEmpty() },
    { token: tokenSchema() },
    { accessToken: tokenSchema(), refreshToken: tokenSchema() },
    { getToken },
  ];
  const names = shapes.flatMap((shape) => Object.keys(shape));
  const schema = customSchema<object>((payload) => {
    const { value } = payload;
    const given = names.filter((name) => Object(value)[name] !== undefined).join();
    const shape = shapes.find((fields) => Object.keys(fields).join() === given);
    if (shape) applySchema(z.looseObject(shape), payload);
    else
      addIssue(
        payload,
        [],
        'must be { username, password }, { token }, { accessToken, refreshToken } or { getToken }',
      );
  });
  return withNames(names, schema);
}
