import type { AuthOptions } from '../config/auth-options.js';
import type { CustomAttributes } from '../config/custom-types.js';
import type { PersonaClient } from './client.js';
import type { ViewOptions } from './options.js';

/** The public members of a class. TypeScript treats two copies of a class with private members as different types. */
type PublicMembers<T> = { readonly [Name in keyof T]: T[Name] };
type PublicType<T> = T extends (...args: never) => unknown ? T : T extends object ? PublicMembers<T> : T;
type ClientMembers<Custom extends CustomAttributes> = {
  readonly [Name in Exclude<keyof PersonaClient, 'as'>]: PublicType<PersonaClient<Custom>[Name]>;
};

/**
 * The public interface of {@link PersonaClient}. Use it for parameters of your own functions.
 *
 * It accepts clients of any copy of the package, and test doubles. The class type accepts only clients of the same copy.
 *
 * @example
 * ```ts
 * export const count = async (client: Pick<PersonaClientLike, 'personas'>) => (await client.personas.list()).total;
 * ```
 */
export interface PersonaClientLike<Custom extends CustomAttributes = CustomAttributes>
  extends ClientMembers<Custom> {
  /** Returns a client for another user, which shares connections, circuit breaker and limits: {@link PersonaClient.as}. */
  as(auth: AuthOptions, options?: ViewOptions): PersonaClientLike<Custom>;
}
