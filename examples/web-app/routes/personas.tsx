/** @jsxImportSource hono/jsx */
import { type Context, Hono } from 'hono';
import { PersonaNotFoundError } from 'persona-client';
import type { SessionEnv } from '../app.js';
import { buildSections } from '../fields.js';
import { page } from '../views/layout.js';
import { ListPage } from '../views/list.js';
import { DeletePage, PersonaPage } from '../views/persona.js';
import { parseId, parseListQuery } from './query.js';

/** Routes that show and delete personas. */
export const personaRoutes = new Hono<SessionEnv>()
  .get('/personas', async (c) => {
    const { view, username } = c.var.session;
    const { data, meta } = await view.withMeta.personas.list(parseListQuery(c));
    return page(c, { title: 'All', username }, <ListPage personaPage={data} meta={meta} />);
  })
  .get('/personas/:id{[0-9]+}', async (c) => {
    const { view, username } = c.var.session;
    const [{ data: persona, meta }, config] = await Promise.all([
      view.withMeta.personas.get(parseId(c)),
      view.fieldConfig.get(),
    ]);
    return page(
      c,
      { title: persona.name, username },
      <PersonaPage
        persona={persona}
        meta={meta}
        sections={buildSections(config)}
        isSaved={'saved' in c.req.query()}
      />,
    );
  })
  .get('/personas/:id{[0-9]+}/delete', async (c) => {
    const { view, username } = c.var.session;
    const persona = await view.personas.get(parseId(c));
    return page(c, { title: `Delete ${persona.name}`, username }, <DeletePage persona={persona} />);
  })
  .post('/personas/:id{[0-9]+}/delete', async (c: Context<SessionEnv>) => {
    await c.var.session.view.personas.delete(parseId(c)).catch((error: unknown) => {
      if (!(error instanceof PersonaNotFoundError)) throw error; // already deleted
    });
    return c.redirect('/personas', 303);
  });
