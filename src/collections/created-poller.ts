import type { Persona, PersonaClientLike, RequestOptions } from '../index.js';

const PER_PAGE = 100;
/** The clocks of a service's machines may differ by so much. */
const CLOCKS_DIFFER_MS = 2_000;

type Client = Pick<PersonaClientLike, 'personas'>;

interface Waiting {
  readonly since: number;
  readonly resolve: (personas: Persona[]) => void;
  readonly reject: (reason: unknown) => void;
}

/** Looks what is new at the service. Who asks while a look is under way shares the next one, which begins after they asked. */
export class CreatedPoller {
  readonly #client: Client;
  readonly #options: RequestOptions<never>;
  #waiting: Waiting[] = [];
  #looking = false;

  constructor(client: Client, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#options = { cache: 'no-store', ...(signal && { signal }) };
  }

  /** Where a run begins: the service's time, and what is so new that it could be taken for the run's own. */
  async baseline(): Promise<{ since: number; before: number[] }> {
    const { items } = await this.#client.personas.list({ perPage: 1 }, this.#options);
    const since = items[0] === undefined ? 0 : Date.parse(items[0].updated_at);
    const recent = since === 0 ? [] : await this.#walk(since);
    return { since, before: recent.map(({ id }) => id) };
  }

  /** What was created since then, by the service's clock. */
  createdSince(since: number): Promise<Persona[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ since, resolve, reject });
      if (!this.#looking) void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#looking = true;
    while (this.#waiting.length > 0) {
      const asked = this.#waiting;
      this.#waiting = [];
      try {
        const found = await this.#walk(Math.min(...asked.map(({ since }) => since)));
        for (const { resolve } of asked) resolve(found);
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.#looking = false;
  }

  /** The list comes newest first; rows that move while it is read can be seen twice. */
  async #walk(since: number): Promise<Persona[]> {
    const from = since - CLOCKS_DIFFER_MS;
    const found = new Map<number, Persona>();
    for (let page = 1; ; page++) {
      const { items, pages } = await this.#client.personas.list({ page, perPage: PER_PAGE }, this.#options);
      for (const persona of items) if (Date.parse(persona.created_at) >= from) found.set(persona.id, persona);
      const oldest = items.at(-1);
      if (page >= pages || oldest === undefined || Date.parse(oldest.updated_at) < from)
        return [...found.values()];
    }
  }
}
