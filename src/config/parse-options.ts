import type * as z from 'zod/mini';
import { safeParseInput } from '../core/validate.js';
import { anyObject } from '../schemas/objects.js';
import { invalidOptionsError } from './invalid-options.js';

/**
 * Validates options with a schema. Returns the parsed options.
 *
 * @param source names the function that received the options, for the error message.
 * @throws {PersonaValidationError} with all invalid options.
 */
export function parseOptions(schema: z.ZodMiniType, options: unknown, source: string): unknown {
  const parsed = safeParseInput(schema, options);
  if ('value' in parsed) return parsed.value;
  throw invalidOptionsError(source, parsed.issues);
}

/**
 * Copies options, so that they can be combined with others.
 *
 * @throws {PersonaValidationError} if they are not an object, or cannot be read.
 */
export const copyOptions = <Options extends object>(options: Options, source: string): Options =>
  parseOptions(anyObject(), options, source) as Options;
