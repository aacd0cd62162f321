import { anyValue, assertOptions, type OptionRule } from '../core/assert-options.js';
import type { Category, ListQuery } from '../index.js';

/** A string would be split into a key of single characters. */
export const prefixRule: OptionRule = [Array.isArray, "must be an array, such as ['personas', userId]"];

const DEFAULT_PREFIX = ['persona-client'] as const;

/**
 * Creates the query keys, for example to invalidate, cancel or look up queries. Every key starts with the prefix. The keys
 * of a persona's categories start with the key of the persona.
 *
 * @param prefix the `keyPrefix` of {@link personaQueries}. @default ['persona-client']
 * @throws {TypeError} if the prefix is not an array.
 * @example
 * ```ts
 * const keys = personaQueryKeys(['personas', userId]);
 * await queryClient.invalidateQueries({ queryKey: keys.lists });
 * ```
 */
export function personaQueryKeys(prefix: readonly unknown[] = DEFAULT_PREFIX) {
  assertOptions('personaQueryKeys', { keyPrefix: prefix }, { keyPrefix: prefixRule });
  const lists = [...prefix, 'lists'] as const;
  const personas = [...prefix, 'persona'] as const;
  const persona = (id: number) => [...personas, id] as const;
  return {
    /** Matches every query. */
    all: [...prefix] as readonly unknown[],
    /** Matches every page of every list. */
    lists: lists as readonly unknown[],
    /** Matches one page of the list. @throws {TypeError} for an unknown parameter. */
    list: (query: ListQuery = {}): readonly unknown[] => {
      assertOptions('personaQueries list', query, { page: anyValue, perPage: anyValue });
      const { page = 1, perPage = 20 } = query;
      return [...lists, { page, perPage }];
    },
    /** Matches the infinite list with this page size. @throws {TypeError} for an unknown parameter. */
    infiniteList: (query: Pick<ListQuery, 'perPage'> = {}): readonly unknown[] => {
      assertOptions('personaQueries infiniteList', query, { perPage: anyValue });
      const { perPage = 20 } = query;
      return [...lists, 'infinite', { perPage }];
    },
    /** Matches all personas and their categories, but no list. */
    personas: personas as readonly unknown[],
    /** Matches a persona and its categories. */
    persona: (id: number): readonly unknown[] => persona(id),
    /** Matches one category of a persona. */
    category: (id: number, category: Category): readonly unknown[] => [...persona(id), category],
    /** Matches the whole field config, one category of it, or one field of a category. */
    fieldConfig: (category?: string, field?: string): readonly unknown[] => [
      ...prefix,
      'field-config',
      { category, field },
    ],
  };
}

/** The query keys that {@link personaQueryKeys} creates. */
export type PersonaQueryKeys = ReturnType<typeof personaQueryKeys>;
