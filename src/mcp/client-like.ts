import type { Operation, Persona, PersonaCategory, PersonaClient, Personas } from '../index.js';
import { SECTIONS, type Section } from './names.js';

type Category<Data, Input> = Pick<PersonaCategory<Data, Input>, 'get' | 'update'>;
type CategoryOf<Name extends 'demographic' | 'psychographic' | 'behavioral' | 'contextual'> =
  PersonaClient[Name] extends PersonaCategory<infer Data, infer Input> ? Category<Data, Input> : never;

/**
 * What the server needs of a client. A `PersonaClient` is one, from the ES module or from the CommonJS build, whose
 * classes the compiler takes for different ones.
 */
export interface PersonaClientLike {
  readonly personas: Pick<Personas, 'list' | 'get' | 'create' | 'update' | 'delete'> & {
    iterate(...args: Parameters<Personas['iterate']>): AsyncIterable<Persona>;
  };
  readonly demographic: CategoryOf<'demographic'>;
  readonly psychographic: CategoryOf<'psychographic'>;
  readonly behavioral: CategoryOf<'behavioral'>;
  readonly contextual: CategoryOf<'contextual'>;
  readonly fieldConfig: Pick<PersonaClient['fieldConfig'], 'get'>;
  readonly schema: Pick<PersonaClient['schema'], 'get'>;
  /** What it does not allow is not offered. Without it, everything is. */
  allows?(operation: Operation): boolean;
}

/** Whether something that makes one of these calls is to be offered. */
export const allowsOne = (client: PersonaClientLike, calls: readonly Operation[]): boolean =>
  calls.some((operation) => client.allows?.(operation) ?? true);

/** The sections whose reading is to be offered. */
export const readableSections = (client: PersonaClientLike): readonly Section[] =>
  SECTIONS.filter((name) => allowsOne(client, [`${name}.get`]));
