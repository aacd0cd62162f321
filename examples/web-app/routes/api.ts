import { Hono } from 'hono';
import type { CallMeta } from 'persona-client';
import type { SessionEnv } from '../app.js';
import { parseId, parseListQuery } from './query.js';

/** JSON routes in the format of the service. `app.tsx` maps errors to statuses. */
export const apiRoutes = new Hono<SessionEnv>()
  .get('/personas', async (c) => {
    const { data, meta } = await c.var.session.view.withMeta.personas.list(parseListQuery(c));
    const { items: personas, total, page, perPage: per_page, pages } = data;
    return c.json({ personas, total, page, per_page, pages }, 200, sourceHeaders(meta));
  })
  .post('/personas', async (c) => {
    if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
      return c.json({ error: 'Send application/json', code: 'unsupported_media_type' }, 415);
    const body: unknown = await c.req.json().catch(() => undefined);
    const created = await c.var.session.view.personas.create(body as never); // the client validates it
    return c.json(created, 201, { location: `/api/personas/${created.id}` });
  })
  .get('/personas/:id{[0-9]+}', async (c) => {
    const { data, meta } = await c.var.session.view.withMeta.personas.get(parseId(c));
    return c.json(data, 200, sourceHeaders(meta));
  });

/** Headers with the source of the data, and its age in seconds. */
const sourceHeaders = ({ source, ageMs }: CallMeta) => ({
  'x-data-source': source,
  age: String(Math.round(ageMs / 1000)),
});
