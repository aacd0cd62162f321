import type { Category, ListQuery } from '../index.js';

const DEFAULT_PREFIX = ['persona-client'] as const;

/**
 * Creates the query keys, for example to invalidate, cancel or look up queries. Every key starts with the prefix. The keys
 * of a persona's categories start with the key of the persona.
 *
 * @param prefix the `keyPrefix` of {@link personaQueries}. @default ['persona-client']
 * @example
 * ```ts
 * const keys = personaQueryKeys(['personas', userId]);
 * await queryClient.invalidateQueries({ queryKey: keys.lists });
 * ```
 */
export function personaQueryKeys(prefix: readonly unknown[] = DEFAULT_PREFIX) {
  const lists = [...prefix, 'lists'] as const;
  const persona = (id: number) => [...prefix, 'persona', id] as const;
  return {
    /** Matches every query. */
    all: [...prefix] as readonly unknown[],
    /** Matches every page of every list. */
    lists: lists as readonly unknown[],
    list: ({ page = 1, perPage = 20 }: ListQuery = {}): readonly unknown[] => [...lists, { page, perPage }],
    infiniteList: ({ perPage = 20 }: Pick<ListQuery, 'perPage'> = {}): readonly unknown[] => [
      ...lists,
      'infinite',
      { perPage },
    ],
    /** Matches a persona and its categories. */
    persona: (id: number): readonly unknown[] => persona(id),
    category: (id: number, category: Category): readonly unknown[] => [...persona(id), category],
    fieldConfig: (category?: string, field?: string): readonly unknown[] => [
      ...prefix,
      'field-config',
      { category, field },
    ],
  };
}

export type PersonaQueryKeys = ReturnType<typeof personaQueryKeys>;
