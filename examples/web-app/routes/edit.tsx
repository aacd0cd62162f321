/** @jsxImportSource hono/jsx */
import { type Context, Hono } from 'hono';
import {
  type PersonaClient,
  PersonaConflictError,
  PersonaError,
  PersonaValidationError,
} from 'persona-client';
import type { SessionEnv } from '../app.js';
import { type FormBody, MAX_FORM_BYTES, readForm } from '../body.js';
import { describeFailure, type Failure } from '../failures.js';
import {
  applyChoices,
  BOTH_CHANGED,
  buildSections,
  type FormValues,
  findConflicts,
  groupIssuesByInput,
  openForm,
  readChanges,
  readDraft,
  reopenForm,
  type Section,
  toFormValues,
} from '../fields.js';
import { PersonaForm } from '../views/form.js';
import { page } from '../views/layout.js';
import { parseId } from './query.js';

type Form = Parameters<typeof PersonaForm>[0];

/** Routes of the forms. If saving fails, the form is shown again with the entered values and the reason. */
export const editRoutes = new Hono<SessionEnv>()
  .get('/personas/new', async (c) => renderForm(c, await newForm(c, {})))
  .post('/personas/new', async (c) => {
    const form = await newForm(c, await readForm(c));
    return save(c, form, async ({ personas }) => personas.create(readDraft(form)));
  })
  .get('/personas/:id{[0-9]+}/edit', async (c) => {
    const persona = await c.var.session.view.personas.get(parseId(c));
    const form = await editForm(c, parseId(c), { updatedAt: persona.updated_at });
    return renderForm(c, { ...form, values: openForm(persona, form.sections) });
  })
  .post('/personas/:id{[0-9]+}/edit', async (c) => {
    const form = await editForm(c, parseId(c), await readForm(c));
    return save(c, form, async ({ personas }) => {
      const persona = await personas.get(parseId(c), { cache: 'reload' });
      const changes = readChanges(applyChoices(form), persona);
      if (Object.keys(changes).length === 0) return persona; // also if somebody else has made the same changes
      const { updatedAt: ifUnmodifiedSince = NEVER } = form;
      return personas.update(persona.id, changes, { ifUnmodifiedSince });
    });
  });

async function newForm(c: Context<SessionEnv>, values: FormBody): Promise<Form> {
  const sections = await loadSections(c);
  return {
    heading: 'New persona',
    action: '/personas/new',
    cancelUrl: '/personas',
    sections,
    values: { ...toFormValues({}, sections), ...values },
  };
}

const editForm = async (
  c: Context<SessionEnv>,
  id: number,
  { updatedAt, ...values }: FormBody,
): Promise<Form> => ({
  heading: 'Edit persona',
  action: `/personas/${id}/edit`,
  cancelUrl: `/personas/${id}`,
  sections: await loadSections(c),
  values,
  updatedAt,
});

/** Shows a form that the browser sent after the session had ended. Returns `undefined` if the path has no form. */
export async function restoreForm(c: Context<SessionEnv>, path: string, body: FormBody) {
  const [, id] = /^\/personas\/(\d+)\/edit$/.exec(path) ?? [];
  if (id === undefined && path !== '/personas/new') return undefined;
  const form = await (id === undefined ? newForm(c, body) : editForm(c, Number(id), body));
  return renderForm(c, { ...form, issues: { '': SIGNED_IN_AGAIN } });
}

const renderForm = (c: Context<SessionEnv>, form: Form, status: 200 | Failure['status'] = 200) =>
  page(c, { title: form.heading, username: c.var.session.username, status }, <PersonaForm {...form} />);

/** The time of a form that does not say which version it shows. Any persona is newer. */
const NEVER = '1970-01-01T00:00:00Z';

/** Saves the form, and redirects to the persona. Shows the form again if saving fails. */
async function save(
  c: Context<SessionEnv>,
  form: Form,
  write: (view: PersonaClient) => Promise<{ id: number }>,
) {
  if (countBytes(form.values) > MAX_FORM_BYTES)
    return renderForm(c, { ...form, issues: { '': TOO_LARGE } }, 413);
  try {
    const { id } = await write(c.var.session.view);
    return c.redirect(`/personas/${id}?saved#main`, 303);
  } catch (error) {
    if (error instanceof PersonaValidationError)
      return renderForm(c, { ...form, issues: groupIssuesByInput(error.issues, form.sections) }, 400);
    if (error instanceof PersonaConflictError && error.stored) {
      const { stored } = error;
      const values = reopenForm(form, stored);
      const both = findConflicts(values).map((input) => [input, BOTH_CHANGED]);
      const issues = { '': CONFLICT, ...Object.fromEntries(both) };
      return renderForm(c, { ...form, values, updatedAt: stored.updated_at, issues }, 409);
    }
    const { title, status } = describeFailure(error);
    if (!(error instanceof PersonaError) || status === 401) throw error;
    const advice = error.maybeApplied ? MAYBE_SAVED : NOTHING_SAVED;
    return renderForm(c, { ...form, issues: { '': `${title}. ${advice}` } }, status);
  }
}

const CONFLICT =
  'Somebody else has changed this persona since you opened the form. Your changes are below, beside theirs. Where both of you have changed a field, choose one of the two values, then save again.';
const SIGNED_IN_AGAIN =
  'Your session had ended. You are signed in again, and your entries are below. Save them now.';
const TOO_LARGE = `Your entries are below, but there are too many. At most ${MAX_FORM_BYTES / 1024 ** 2} MB of text can be saved: shorten them.`;
const MAYBE_SAVED = 'It may have been saved. Check the list before you save again.';
const NOTHING_SAVED = 'Nothing was changed; what you entered is still here.';

const loadSections = async (c: Context<SessionEnv>): Promise<readonly Section[]> =>
  buildSections(await c.var.session.view.fieldConfig.get());

const countBytes = (values: FormValues): number => Buffer.byteLength(Object.values(values).join());
