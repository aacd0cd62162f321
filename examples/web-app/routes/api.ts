import { Hono } from 'hono';
import type { CallMeta } from 'persona-client';
import type { Signed } from '../app.js';
import { idIn, listQueryIn } from './query.js';

/** The same data as JSON, in the shapes of the service. Failures become statuses in `app.tsx`. */
export const apiRoutes = new Hono<Signed>()
  .get('/personas', async (c) => {
    const { data, meta } = await c.var.session.view.withMeta.personas.list(listQueryIn(c));
    const { items: personas, total, page, perPage: per_page, pages } = data;
    return c.json({ personas, total, page, per_page, pages }, 200, provenance(meta));
  })
  .post('/personas', async (c) => {
    if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
      return c.json({ error: 'Send application/json', code: 'unsupported_media_type' }, 415);
    const given: unknown = await c.req.json().catch(() => undefined);
    const created = await c.var.session.view.personas.create(given as never); // the client judges it
    return c.json(created, 201, { location: `/api/personas/${created.id}` });
  })
  .get('/personas/:id{[0-9]+}', async (c) => {
    const { data, meta } = await c.var.session.view.withMeta.personas.get(idIn(c));
    return c.json(data, 200, provenance(meta));
  });

/** Where the data comes from, and how old it is in seconds. */
const provenance = ({ source, ageMs }: CallMeta) => ({
  'x-data-source': source,
  age: String(Math.round(ageMs / 1000)),
});
