/** @jsxImportSource hono/jsx */
import { type Context, Hono } from 'hono';
import { PersonaNotFoundError } from 'persona-client';
import type { Signed } from '../app.js';
import { sectionsOf } from '../fields.js';
import { page } from '../views/layout.js';
import { ListPage } from '../views/list.js';
import { DeletePage, PersonaPage } from '../views/persona.js';
import { idIn, listQueryIn } from './query.js';

/** Pages to look at, and the one that deletes. */
export const personaRoutes = new Hono<Signed>()
  .get('/personas', async (c) => {
    const { view, username } = c.var.session;
    const { data, meta } = await view.withMeta.personas.list(listQueryIn(c));
    return page(c, { title: 'All', username }, <ListPage found={data} meta={meta} />);
  })
  .get('/personas/:id{[0-9]+}', async (c) => {
    const { view, username } = c.var.session;
    const [{ data: persona, meta }, config] = await Promise.all([
      view.withMeta.personas.get(idIn(c)),
      view.fieldConfig.get(),
    ]);
    return page(
      c,
      { title: persona.name, username },
      <PersonaPage
        persona={persona}
        meta={meta}
        sections={sectionsOf(config)}
        saved={'saved' in c.req.query()}
      />,
    );
  })
  .get('/personas/:id{[0-9]+}/delete', async (c) => {
    const { view, username } = c.var.session;
    const persona = await view.personas.get(idIn(c));
    return page(c, { title: `Delete ${persona.name}`, username }, <DeletePage persona={persona} />);
  })
  .post('/personas/:id{[0-9]+}/delete', async (c: Context<Signed>) => {
    await c.var.session.view.personas.delete(idIn(c)).catch((error: unknown) => {
      if (!(error instanceof PersonaNotFoundError)) throw error; // gone is what was wanted
    });
    return c.redirect('/personas', 303);
  });
