import type { Context } from 'hono';
import type { ListQuery } from 'persona-client';

/** Parses `?page=2&per_page=10`. The client rejects values that are not numbers. */
export const parseListQuery = (c: Context): ListQuery => ({
  page: Number(c.req.query('page') ?? 1),
  perPage: Number(c.req.query('per_page') ?? 10),
});

export const parseId = (c: Context): number => Number(c.req.param('id'));
