import type { CallMeta, Persona, PersonaClient } from 'persona-client';
import { createElement } from './dom.js';
import { describeError } from './error-message.js';

const PER_PAGE = 8;
const MAX_PERSONAS = 100;
const DEBOUNCE_MS = 250;

interface PersonaListOptions {
  readonly client: PersonaClient;
  readonly onRead: (personas: readonly Persona[]) => void;
  readonly onSelect: (id: number | undefined) => void;
}

/** The list with search and pagination. Every search reads through the client, whose cache makes this cheap. */
export class PersonaList {
  readonly element: HTMLElement;
  readonly #options: PersonaListOptions;
  readonly #search = createElement('input', {
    type: 'search',
    id: 'search',
    autocomplete: 'off',
    input: () => this.#onInput(),
  });
  readonly #status = createElement('p', { class: 'status', role: 'status' });
  readonly #rows = createElement('ul', { class: 'rows' });
  readonly #pages = createElement('div', { class: 'buttons' });
  #matches: readonly Persona[] = [];
  #page = 0;
  #latestRead = 0;
  #debounceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PersonaListOptions) {
    this.#options = options;
    const create = createElement(
      'button',
      { type: 'button', class: 'primary', click: () => options.onSelect(undefined) },
      'New persona',
    );
    const search = createElement(
      'div',
      { class: 'search' },
      createElement('label', { for: 'search' }, 'Search'),
      this.#search,
    );
    this.element = createElement(
      'div',
      {},
      createElement('div', { class: 'tools' }, search, create),
      this.#status,
      this.#rows,
      this.#pages,
    );
  }

  async read(): Promise<void> {
    const read = ++this.#latestRead;
    const isOutdated = () => read !== this.#latestRead; // a newer read has started
    try {
      const { data, meta } = await this.#options.client.withMeta.personas.list({
        page: 1,
        perPage: MAX_PERSONAS,
      });
      if (isOutdated()) return;
      this.#options.onRead(data.items);
      this.#matches = data.items.filter((persona) => matches(persona, this.#search.value));
      this.#setStatus(
        `${this.#matches.length} of ${data.total}, ${describeSource(meta)}`,
        meta.source === 'stale' ? 'stale' : '',
      );
    } catch (error) {
      if (isOutdated()) return;
      this.#setStatus(`The list could not be read. ${describeError(error)}`, 'failed');
    }
    this.#renderRows();
  }

  #onInput(): void {
    clearTimeout(this.#debounceTimer);
    this.#debounceTimer = setTimeout(() => {
      this.#page = 0;
      void this.read();
    }, DEBOUNCE_MS);
  }

  #setStatus(text: string, kind: string): void {
    this.#status.textContent = text;
    this.#status.className = `status ${kind}`;
  }

  #renderRows(): void {
    const pages = Math.max(1, Math.ceil(this.#matches.length / PER_PAGE));
    this.#page = Math.min(this.#page, pages - 1);
    const from = this.#page * PER_PAGE;
    this.#rows.replaceChildren(
      ...this.#matches.slice(from, from + PER_PAGE).map((persona) => this.#renderRow(persona)),
    );
    const pageButton = (label: string, offset: number, disabled: boolean) =>
      createElement('button', { type: 'button', disabled, click: () => this.#turnPage(offset) }, label);
    this.#pages.replaceChildren(
      pageButton('Previous', -1, this.#page === 0),
      createElement('span', { class: 'muted' }, `Page ${this.#page + 1} of ${pages}`),
      pageButton('Next', 1, this.#page >= pages - 1),
    );
  }

  #turnPage(offset: number): void {
    this.#page += offset;
    void this.read();
  }

  #renderRow({ id, name, demographic, psychographic }: Persona): HTMLLIElement {
    const summary = [demographic?.occupation, demographic?.city].filter(Boolean).join(', ');
    return createElement(
      'li',
      {},
      createElement(
        'button',
        { type: 'button', class: 'row', click: () => this.#options.onSelect(id) },
        createElement('b', {}, name),
        createElement('span', { class: 'muted' }, summary),
      ),
      createElement('span', { class: 'row-more muted' }, psychographic?.interests?.slice(0, 3).join(', ')),
    );
  }
}

function matches({ name, demographic, psychographic }: Persona, query: string): boolean {
  const { city, country, occupation } = demographic ?? {};
  const text = [name, city, country, occupation, ...(psychographic?.interests ?? [])].join(' ').toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Describes the source of data and its age. */
export function describeSource({ source, ageMs, attempts }: CallMeta): string {
  const age = `${(ageMs / 1000).toFixed(0)} s old`;
  if (source === 'stale') return `stale because the service is unavailable, ${age}`;
  if (source === 'cache') return `from the cache, ${age}`;
  return attempts > 1 ? `from the service, at attempt ${attempts}` : 'from the service';
}
