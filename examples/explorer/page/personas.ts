import type { CallMeta, Persona, PersonaClient } from 'persona-client';
import { h } from './dom.js';
import { reasonOf } from './reason.js';

const PER_PAGE = 8;
const MOST = 100;
const TYPING_MS = 250;

interface Hooks {
  readonly client: PersonaClient;
  readonly onRead: (personas: readonly Persona[]) => void;
  readonly onChosen: (id: number | undefined) => void;
}

/** The list with its search and pages. Every keystroke asks the client anew; its cache makes that cheap. */
export class PersonaList {
  readonly element: HTMLElement;
  readonly #hooks: Hooks;
  readonly #search = h('input', {
    type: 'search',
    id: 'search',
    autocomplete: 'off',
    input: () => this.#typed(),
  });
  readonly #told = h('p', { class: 'told', role: 'status' });
  readonly #rows = h('ul', { class: 'rows' });
  readonly #pages = h('div', { class: 'buttons' });
  #found: readonly Persona[] = [];
  #page = 0;
  #reads = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(hooks: Hooks) {
    this.#hooks = hooks;
    const create = h(
      'button',
      { type: 'button', class: 'primary', click: () => hooks.onChosen(undefined) },
      'New persona',
    );
    const search = h('div', { class: 'search' }, h('label', { for: 'search' }, 'Search'), this.#search);
    this.element = h(
      'div',
      {},
      h('div', { class: 'tools' }, search, create),
      this.#told,
      this.#rows,
      this.#pages,
    );
  }

  async read(): Promise<void> {
    const read = ++this.#reads;
    const isLate = () => read !== this.#reads; // another was begun since: it knows better
    try {
      const { data, meta } = await this.#hooks.client.withMeta.personas.list({ page: 1, perPage: MOST });
      if (isLate()) return;
      this.#hooks.onRead(data.items);
      this.#found = data.items.filter((persona) => matches(persona, this.#search.value));
      this.#say(
        `${this.#found.length} of ${data.total}, ${provenance(meta)}`,
        meta.source === 'stale' ? 'stale' : '',
      );
    } catch (error) {
      if (isLate()) return;
      this.#say(`The list could not be read. ${reasonOf(error)}`, 'failed');
    }
    this.#show();
  }

  #typed(): void {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => {
      this.#page = 0;
      void this.read();
    }, TYPING_MS);
  }

  #say(text: string, kind: string): void {
    this.#told.textContent = text;
    this.#told.className = `told ${kind}`;
  }

  #show(): void {
    const pages = Math.max(1, Math.ceil(this.#found.length / PER_PAGE));
    this.#page = Math.min(this.#page, pages - 1);
    const from = this.#page * PER_PAGE;
    this.#rows.replaceChildren(
      ...this.#found.slice(from, from + PER_PAGE).map((persona) => this.#row(persona)),
    );
    const turn = (label: string, by: number, disabled: boolean) =>
      h('button', { type: 'button', disabled, click: () => this.#turn(by) }, label);
    this.#pages.replaceChildren(
      turn('Previous', -1, this.#page === 0),
      h('span', { class: 'muted' }, `Page ${this.#page + 1} of ${pages}`),
      turn('Next', 1, this.#page >= pages - 1),
    );
  }

  #turn(by: number): void {
    this.#page += by;
    void this.read();
  }

  #row({ id, name, demographic, psychographic }: Persona): HTMLLIElement {
    const where = [demographic?.occupation, demographic?.city].filter(Boolean).join(', ');
    return h(
      'li',
      {},
      h(
        'button',
        { type: 'button', class: 'row', click: () => this.#hooks.onChosen(id) },
        h('b', {}, name),
        h('span', { class: 'muted' }, where),
      ),
      h('span', { class: 'row-more muted' }, psychographic?.interests?.slice(0, 3).join(', ')),
    );
  }
}

function matches({ name, demographic, psychographic }: Persona, text: string): boolean {
  const { city, country, occupation } = demographic ?? {};
  const all = [name, city, country, occupation, ...(psychographic?.interests ?? [])].join(' ').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/** Where data comes from, and how old it is. */
export function provenance({ source, ageMs, attempts }: CallMeta): string {
  const age = `${(ageMs / 1000).toFixed(0)} s old`;
  if (source === 'stale') return `as last known: the service is not answering, this is ${age}`;
  if (source === 'cache') return `from the cache, ${age}`;
  return attempts > 1 ? `from the service, at attempt ${attempts}` : 'from the service';
}
