/** @jsxImportSource hono/jsx */
import { type Context, Hono } from 'hono';
import { type PersonaClient, PersonaError, PersonaValidationError } from 'persona-client';
import type { SessionEnv } from '../app.js';
import { describeFailure, type Failure } from '../failures.js';
import {
  buildSections,
  type FormValues,
  groupIssuesByInput,
  readChanges,
  readDraft,
  type Section,
  toFormValues,
} from '../fields.js';
import { PersonaForm } from '../views/form.js';
import { page } from '../views/layout.js';
import { parseId } from './query.js';

type Form = Parameters<typeof PersonaForm>[0];

/** Routes of the forms. If saving fails, the form is shown again with the entered values and the reason. */
export const editRoutes = new Hono<SessionEnv>()
  .get('/personas/new', async (c) =>
    renderForm(c, { ...NEW_FORM_PROPS, sections: await loadSections(c), values: {} }),
  )
  .post('/personas/new', async (c) => {
    const form = { ...NEW_FORM_PROPS, sections: await loadSections(c), values: await readFormValues(c) };
    return save(c, form, async ({ personas }) => personas.create(readDraft(form)));
  })
  .get('/personas/:id{[0-9]+}/edit', async (c) => {
    const persona = await c.var.session.view.personas.get(parseId(c));
    const sections = await loadSections(c);
    return renderForm(c, {
      ...editFormProps(c),
      sections,
      values: toFormValues(persona, sections),
      updatedAt: persona.updated_at,
    });
  })
  .post('/personas/:id{[0-9]+}/edit', async (c) => {
    const { updatedAt, ...values } = await readFormValues(c);
    const form = { ...editFormProps(c), sections: await loadSections(c), values, updatedAt };
    return save(c, form, async ({ personas }) => {
      const persona = await personas.get(parseId(c), { cache: 'reload' });
      if (updatedAt !== persona.updated_at) throw new EditConflict(persona.updated_at);
      return personas.update(persona.id, readChanges(form, toFormValues(persona, form.sections)));
    });
  });

const NEW_FORM_PROPS = { heading: 'New persona', cancelUrl: '/personas' };
const editFormProps = (c: Context) => ({ heading: 'Edit persona', cancelUrl: `/personas/${parseId(c)}` });

const renderForm = (c: Context<SessionEnv>, form: Form, status: 200 | Failure['status'] = 200) =>
  page(c, { title: form.heading, username: c.var.session.username, status }, <PersonaForm {...form} />);

/** The persona has changed since the form was opened. */
class EditConflict extends Error {
  readonly updatedAt: string;

  constructor(updatedAt: string) {
    super('Somebody else has changed the persona');
    this.updatedAt = updatedAt;
  }
}

/** Saves the form, and redirects to the persona. Shows the form again if saving fails. */
async function save(
  c: Context<SessionEnv>,
  form: Form,
  write: (view: PersonaClient) => Promise<{ id: number }>,
) {
  try {
    const { id } = await write(c.var.session.view);
    return c.redirect(`/personas/${id}?saved#main`, 303);
  } catch (error) {
    if (error instanceof PersonaValidationError)
      return renderForm(c, { ...form, issues: groupIssuesByInput(error.issues, form.sections) }, 400);
    if (error instanceof EditConflict)
      return renderForm(c, { ...form, updatedAt: error.updatedAt, issues: { '': CONFLICT } }, 409);
    const { title, status } = describeFailure(error);
    if (!(error instanceof PersonaError) || status === 401) throw error;
    const advice = error.maybeApplied ? MAYBE_SAVED : NOTHING_SAVED;
    return renderForm(c, { ...form, issues: { '': `${title}. ${advice}` } }, status);
  }
}

const CONFLICT =
  'Somebody else has changed this persona since you opened the form. Your entries are below. Saving again overwrites their changes.';
const MAYBE_SAVED = 'It may have been saved. Check the list before you save again.';
const NOTHING_SAVED = 'Nothing was changed; what you entered is still here.';

const loadSections = async (c: Context<SessionEnv>): Promise<readonly Section[]> =>
  buildSections(await c.var.session.view.fieldConfig.get());

async function readFormValues(c: Context<SessionEnv>): Promise<FormValues> {
  const body = await c.req.parseBody();
  const texts = Object.entries(body).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts.map(([name, text]) => [name, text.replaceAll('\r\n', '\n').trim()]));
}
