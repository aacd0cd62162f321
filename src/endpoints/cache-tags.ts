/** What cached reads are about, and what writes end. */
export const LISTS = 'lists';
export const FIELD_CONFIG = 'field-config';
export const personaTag = (id: number): string => `persona:${id}`;
