import { type Persona, type PersonaClient, PersonaValidationError } from 'persona-client';
import { createElement } from './dom.js';
import { describeError } from './error-message.js';
import { describeSource } from './persona-list.js';

/** Fields of the form: their path in a persona, and their label. */
const FIELDS = [
  { path: 'name', label: 'Name' },
  { path: 'demographic.age', label: 'Age' },
  { path: 'demographic.occupation', label: 'Occupation' },
  { path: 'demographic.city', label: 'City' },
  { path: 'demographic.country', label: 'Country' },
  { path: 'psychographic.interests', label: 'Interests, separated by commas' },
] as const;
type Path = (typeof FIELDS)[number]['path'];

interface EditorOptions {
  readonly client: PersonaClient;
  readonly onSaved: () => void;
}

/** A dialog that reads a persona when it opens, and updates it when it is saved. */
export class Editor {
  readonly element = createElement('dialog', { 'aria-labelledby': 'editor-title' });
  readonly #options: EditorOptions;

  constructor(options: EditorOptions) {
    this.#options = options;
  }

  async open(id: number | undefined): Promise<void> {
    if (id === undefined) return this.#show(undefined, '');
    try {
      const { data, meta } = await this.#options.client.withMeta.personas.get(id);
      this.#show(data, `Read ${describeSource(meta)}.`);
    } catch (error) {
      this.#show(undefined, `The persona could not be read: ${describeError(error)}`, false);
    }
  }

  #show(persona: Persona | undefined, note: string, editable = true): void {
    const heading = persona?.name ?? (editable ? 'New persona' : 'Not available');
    const status = createElement('p', { class: 'note muted', role: 'status' }, note);
    const close = createElement('button', { type: 'button', click: () => this.element.close() }, 'Close');
    const save = createElement('button', { type: 'submit', class: 'primary' }, 'Save');
    const form = createElement(
      'form',
      { novalidate: true, submit: (event) => this.#save(event, persona, status) },
      createElement('h2', { id: 'editor-title' }, heading),
      status,
      ...(editable
        ? FIELDS.map(({ path, label }) => createControl(path, label, readText(persona, path)))
        : []),
      createElement('p', { class: 'buttons' }, editable && save, close),
    );
    this.element.replaceChildren(form);
    if (!this.element.open) this.element.showModal();
  }

  async #save(event: Event, persona: Persona | undefined, status: HTMLElement): Promise<void> {
    event.preventDefault();
    const { personas } = this.#options.client;
    const form = event.currentTarget as HTMLFormElement;
    const data = readValues(form);
    status.textContent = 'Saving…';
    try {
      await (persona ? personas.update(persona.id, data) : personas.create(data));
      this.element.close();
      this.#options.onSaved();
    } catch (error) {
      const issues = error instanceof PersonaValidationError ? error.issues : [];
      status.textContent =
        issues.length > 0 ? 'Not saved. See the messages below.' : `Not saved: ${describeError(error)}`;
      status.className = 'note failed';
      for (const { path } of FIELDS) {
        const issue = issues.find((candidate) => candidate.path.join('.').startsWith(path));
        setIssue(form, path, issue?.message ?? '');
      }
    }
  }
}

const createControl = (path: Path, label: string, value: string): HTMLElement =>
  createElement(
    'div',
    { class: 'control' },
    createElement('label', { for: path }, label),
    createElement('p', { class: 'issue', id: `${path}-issue` }),
    createElement('input', { id: path, name: path, value, 'aria-describedby': `${path}-issue` }),
  );

function setIssue(form: HTMLFormElement, path: Path, message: string): void {
  const input = form.elements.namedItem(path) as HTMLInputElement;
  const issue = form.querySelector(`[id="${path}-issue"]`);
  input.toggleAttribute('aria-invalid', false);
  if (message) input.setAttribute('aria-invalid', 'true');
  if (issue) issue.textContent = message;
}

function readText(persona: Persona | undefined, path: Path): string {
  const value = path.split('.').reduce<unknown>((part, key) => Object(part)[key], persona);
  return Array.isArray(value) ? value.join(', ') : String(value ?? '');
}

/** Reads the form values as typed. The client validates them. */
function readValues(form: HTMLFormElement) {
  const formData = new FormData(form);
  const text = (path: Path) => String(formData.get(path) ?? '').trim();
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
