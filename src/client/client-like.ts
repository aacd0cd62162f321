import type { AuthOptions } from '../config/auth-options.js';
import type { ViewOptions } from '../config/options.js';
import type { PersonaClient } from './client.js';

/** The public side of a class: what is private would make the copies of a class incompatible types. */
type Public<T> = { readonly [Name in keyof T]: T[Name] };
type Side<T> = T extends (...args: never) => unknown ? T : T extends object ? Public<T> : T;
type Members = { readonly [Name in Exclude<keyof PersonaClient, 'as'>]: Side<PersonaClient[Name]> };

/**
 * What a `PersonaClient` looks like. Accept it in functions of your own, in place of the class: the compiler takes the class of the ES
 * module and the one of the CommonJS build for different ones, and a test double need not be a class.
 *
 * @example
 * ```ts
 * export const count = async (client: Pick<PersonaClientLike, 'personas'>) => (await client.personas.list()).total;
 * ```
 */
export interface PersonaClientLike extends Members {
  as(auth: AuthOptions, options?: ViewOptions): PersonaClientLike;
}
