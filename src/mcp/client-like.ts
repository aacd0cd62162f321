import type { Operation, Persona, PersonaCategory, PersonaClient, Personas } from '../index.js';
import { SECTIONS, type Section } from './sections.js';

type Category<Data, Input> = Pick<PersonaCategory<Data, Input>, 'get' | 'update'>;
type CategoryClient<Name extends Section> =
  PersonaClient[Name] extends PersonaCategory<infer Data, infer Input> ? Category<Data, Input> : never;

/**
 * The part of a `PersonaClient` that the server uses.
 *
 * A structural type, because the compiler treats the classes of the ES module and of the CommonJS build as different.
 */
export interface PersonaClientLike {
  readonly personas: Pick<Personas, 'list' | 'get' | 'create' | 'update' | 'delete'> & {
    iterate(...args: Parameters<Personas['iterate']>): AsyncIterable<Persona>;
  };
  readonly demographic: CategoryClient<'demographic'>;
  readonly psychographic: CategoryClient<'psychographic'>;
  readonly behavioral: CategoryClient<'behavioral'>;
  readonly contextual: CategoryClient<'contextual'>;
  readonly fieldConfig: Pick<PersonaClient['fieldConfig'], 'get'>;
  readonly schema: Pick<PersonaClient['schema'], 'get'>;
  /** The server offers only operations that this allows. If absent, it offers all of them. */
  allows?(operation: Operation): boolean;
}

/** Whether the client allows at least one of these operations. */
export const allowsAny = (client: PersonaClientLike, operations: readonly Operation[]): boolean =>
  operations.some((operation) => client.allows?.(operation) ?? true);

/** The sections that the client may read. */
export const readableSections = (client: PersonaClientLike): readonly Section[] =>
  SECTIONS.filter((name) => allowsAny(client, [`${name}.get`]));
