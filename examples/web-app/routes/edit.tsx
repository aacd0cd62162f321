/** @jsxImportSource hono/jsx */
import { type Context, Hono } from 'hono';
import { type PersonaClient, PersonaError, PersonaValidationError } from 'persona-client';
import type { Signed } from '../app.js';
import { type Failure, failureOf } from '../failures.js';
import {
  changesIn,
  draftIn,
  issuesByInput,
  type Section,
  sectionsOf,
  type Values,
  valuesOf,
} from '../fields.js';
import { PersonaForm } from '../views/form.js';
import { page } from '../views/layout.js';
import { idIn } from './query.js';

type Form = Parameters<typeof PersonaForm>[0];

/** The forms. What a user typed is never lost: a form that could not be saved comes back as it was, with the reason. */
export const editRoutes = new Hono<Signed>()
  .get('/personas/new', async (c) => show(c, { ...NEW, sections: await sectionsFor(c), values: {} }))
  .post('/personas/new', async (c) => {
    const form = { ...NEW, sections: await sectionsFor(c), values: await valuesIn(c) };
    return save(c, form, async ({ personas }) => personas.create(draftIn(form)));
  })
  .get('/personas/:id{[0-9]+}/edit', async (c) => {
    const persona = await c.var.session.view.personas.get(idIn(c));
    const sections = await sectionsFor(c);
    return show(c, {
      ...editing(c),
      sections,
      values: valuesOf(persona, sections),
      seen: persona.updated_at,
    });
  })
  .post('/personas/:id{[0-9]+}/edit', async (c) => {
    const { seen, ...values } = await valuesIn(c);
    const form = { ...editing(c), sections: await sectionsFor(c), values, seen };
    return save(c, form, async ({ personas }) => {
      const persona = await personas.get(idIn(c), { cache: 'reload' });
      if (seen !== persona.updated_at) throw new ChangedMeanwhile(persona.updated_at);
      return personas.update(persona.id, changesIn(form, valuesOf(persona, form.sections)));
    });
  });

const NEW = { heading: 'New persona', back: '/personas' };
const editing = (c: Context) => ({ heading: 'Edit persona', back: `/personas/${idIn(c)}` });

const show = (c: Context<Signed>, form: Form, status: 200 | Failure['status'] = 200) =>
  page(c, { title: form.heading, username: c.var.session.username, status }, <PersonaForm {...form} />);

/** The form was filled in for a persona that is another by now. */
class ChangedMeanwhile extends Error {
  readonly seen: string;
  constructor(seen: string) {
    super('Somebody else has changed the persona');
    this.seen = seen;
  }
}

/** To the persona when it worked, back to the form when not. */
async function save(c: Context<Signed>, form: Form, write: (view: PersonaClient) => Promise<{ id: number }>) {
  try {
    const { id } = await write(c.var.session.view);
    return c.redirect(`/personas/${id}?saved#main`, 303);
  } catch (error) {
    if (error instanceof PersonaValidationError)
      return show(c, { ...form, issues: issuesByInput(error.issues, form.sections) }, 400);
    if (error instanceof ChangedMeanwhile)
      return show(c, { ...form, seen: error.seen, issues: { '': CHANGED_MEANWHILE } }, 409);
    const { title, status } = failureOf(error);
    if (!(error instanceof PersonaError) || status === 401) throw error;
    const after = error.maybeApplied ? MAYBE_SAVED : NOTHING_SAVED;
    return show(c, { ...form, issues: { '': `${title}. ${after}` } }, status);
  }
}

const CHANGED_MEANWHILE =
  'Somebody else has changed this persona since you opened the form. Your entries are below: saving again puts them in place of theirs.';
const MAYBE_SAVED = 'It may have been saved all the same: look at the list before you save again.';
const NOTHING_SAVED = 'Nothing was changed; what you entered is still here.';

const sectionsFor = async (c: Context<Signed>): Promise<readonly Section[]> =>
  sectionsOf(await c.var.session.view.fieldConfig.get());

async function valuesIn(c: Context<Signed>): Promise<Values> {
  const given = await c.req.parseBody();
  const texts = Object.entries(given).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts.map(([name, text]) => [name, text.replaceAll('\r\n', '\n').trim()]));
}
