// Cache tags. A write invalidates every cache entry that shares a tag with the write.

export const LISTS = 'lists';
export const FIELD_CONFIG = 'field-config';
export const personaTag = (id: number): string => `persona:${id}`;
