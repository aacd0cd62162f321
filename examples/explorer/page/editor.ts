import { type Persona, type PersonaClient, PersonaValidationError } from 'persona-client';
import { h } from './dom.js';
import { provenance } from './personas.js';
import { reasonOf } from './reason.js';

/** What the form shows: where it stands in a persona, and what it is called. */
const FIELDS = [
  { path: 'name', label: 'Name' },
  { path: 'demographic.age', label: 'Age' },
  { path: 'demographic.occupation', label: 'Occupation' },
  { path: 'demographic.city', label: 'City' },
  { path: 'demographic.country', label: 'Country' },
  { path: 'psychographic.interests', label: 'Interests, by comma' },
] as const;
type Path = (typeof FIELDS)[number]['path'];

interface Hooks {
  readonly client: PersonaClient;
  readonly onSaved: () => void;
}

/** One persona in a dialog: read through the client when it opens, written when it is saved. */
export class Editor {
  readonly element = h('dialog', { 'aria-labelledby': 'editor-title' });
  readonly #hooks: Hooks;

  constructor(hooks: Hooks) {
    this.#hooks = hooks;
  }

  async open(id: number | undefined): Promise<void> {
    if (id === undefined) return this.#show(undefined, '');
    try {
      const { data, meta } = await this.#hooks.client.withMeta.personas.get(id);
      this.#show(data, `Read ${provenance(meta)}.`);
    } catch (error) {
      this.#show(undefined, `It could not be read: ${reasonOf(error)}`, false);
    }
  }

  #show(persona: Persona | undefined, note: string, editable = true): void {
    const heading = persona?.name ?? (editable ? 'New persona' : 'Not available');
    const status = h('p', { class: 'note muted', role: 'status' }, note);
    const close = h('button', { type: 'button', click: () => this.element.close() }, 'Close');
    const save = h('button', { type: 'submit', class: 'primary' }, 'Save');
    const form = h(
      'form',
      { novalidate: true, submit: (event) => this.#save(event, persona, status) },
      h('h2', { id: 'editor-title' }, heading),
      status,
      ...(editable ? FIELDS.map(({ path, label }) => control(path, label, textOf(persona, path))) : []),
      h('p', { class: 'buttons' }, editable && save, close),
    );
    this.element.replaceChildren(form);
    if (!this.element.open) this.element.showModal();
  }

  async #save(event: Event, persona: Persona | undefined, status: HTMLElement): Promise<void> {
    event.preventDefault();
    const { personas } = this.#hooks.client;
    const form = event.currentTarget as HTMLFormElement;
    const data = valuesIn(form);
    status.textContent = 'Saving…';
    try {
      await (persona ? personas.update(persona.id, data) : personas.create(data));
      this.element.close();
      this.#hooks.onSaved();
    } catch (error) {
      const issues = error instanceof PersonaValidationError ? error.issues : [];
      status.textContent = issues.length > 0 ? 'Not saved: see below.' : `Not saved: ${reasonOf(error)}`;
      status.className = 'note failed';
      for (const { path } of FIELDS) {
        const issue = issues.find((one) => one.path.join('.').startsWith(path));
        mark(form, path, issue?.message ?? '');
      }
    }
  }
}

const control = (path: Path, label: string, value: string): HTMLElement =>
  h(
    'div',
    { class: 'control' },
    h('label', { for: path }, label),
    h('p', { class: 'issue', id: `${path}-issue` }),
    h('input', { id: path, name: path, value, 'aria-describedby': `${path}-issue` }),
  );

function mark(form: HTMLFormElement, path: Path, message: string): void {
  const input = form.elements.namedItem(path) as HTMLInputElement;
  const issue = form.querySelector(`[id="${path}-issue"]`);
  input.toggleAttribute('aria-invalid', false);
  if (message) input.setAttribute('aria-invalid', 'true');
  if (issue) issue.textContent = message;
}

function textOf(persona: Persona | undefined, path: Path): string {
  const value = path.split('.').reduce<unknown>((part, key) => Object(part)[key], persona);
  return Array.isArray(value) ? value.join(', ') : String(value ?? '');
}

/** As it was typed: what may be written is for the client to judge. */
function valuesIn(form: HTMLFormElement) {
  const given = new FormData(form);
  const text = (path: Path) => String(given.get(path) ?? '').trim();
  const age = text('demographic.age');
  return {
    name: text('name'),
    demographic: {
      age: age === '' ? null : Number.isNaN(Number(age)) ? (age as never) : Number(age),
      occupation: text('demographic.occupation') || null,
      city: text('demographic.city') || null,
      country: text('demographic.country') || null,
    },
    psychographic: {
      interests: text('psychographic.interests')
        .split(',')
        .map((interest) => interest.trim())
        .filter(Boolean),
    },
  };
}
