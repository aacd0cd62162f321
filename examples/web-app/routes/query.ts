import type { Context } from 'hono';
import type { ListQuery } from 'persona-client';

/** `?page=2&per_page=10`, as in the guide. What is no number is the client's to refuse. */
export const listQueryIn = (c: Context): ListQuery => ({
  page: Number(c.req.query('page') ?? 1),
  perPage: Number(c.req.query('per_page') ?? 10),
});

export const idIn = (c: Context): number => Number(c.req.param('id'));
