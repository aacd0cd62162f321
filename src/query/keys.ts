import type { Category, ListQuery } from '../index.js';

/** What a key begins with where the app says nothing else. */
const PREFIX = ['persona-client'] as const;

/**
 * The keys under which the queries keep what they read, to invalidate, cancel or look up by. Each begins with the
 * prefix, and the keys of a persona's parts with that of the persona.
 *
 * @param prefix as `keyPrefix` of {@link personaQueries}. @default ['persona-client']
 * @example
 * ```ts
 * const keys = personaQueryKeys(['personas', userId]);
 * await queryClient.invalidateQueries({ queryKey: keys.lists });
 * ```
 */
export function personaQueryKeys(prefix: readonly unknown[] = PREFIX) {
  const lists = [...prefix, 'lists'] as const;
  const persona = (id: number) => [...prefix, 'persona', id] as const;
  return {
    /** Of everything. */
    all: [...prefix] as readonly unknown[],
    /** Of every page of every list. */
    lists: lists as readonly unknown[],
    list: ({ page = 1, perPage = 20 }: ListQuery = {}): readonly unknown[] => [...lists, { page, perPage }],
    infiniteList: ({ perPage = 20 }: Pick<ListQuery, 'perPage'> = {}): readonly unknown[] => [
      ...lists,
      'infinite',
      { perPage },
    ],
    /** Of a persona and its four parts. */
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
