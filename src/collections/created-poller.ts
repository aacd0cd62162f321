import type { Persona, RequestOptions } from '../index.js';
import type { BulkClient } from './operation.js';

const POLL_PAGE_SIZE = 100;
/** The maximum difference between the clocks of the machines behind a service. */
const CLOCK_SKEW_MS = 2_000;

interface Waiter {
  readonly sinceEpochMs: number;
  readonly resolve: (personas: Persona[]) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Lists the personas that were created recently.
 *
 * Concurrent callers share a scan that starts after their calls. A scan in progress may already have missed their personas.
 */
export class CreatedPoller {
  readonly #client: BulkClient;
  readonly #options: RequestOptions<never>;
  #waiters: Waiter[] = [];
  #isPolling = false;

  constructor(client: BulkClient, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#options = { cache: 'no-store', ...(signal && { signal }) };
  }

  /** Reads the service's time, and the recent personas that the run could mistake for its own. */
  async readBaseline(): Promise<{ serviceTime: number; existingIds: number[] }> {
    const { items } = await this.#client.personas.list({ perPage: POLL_PAGE_SIZE }, this.#options);
    const serviceTime = items[0] === undefined ? 0 : Date.parse(items[0].updated_at);
    const recentPersonas = serviceTime === 0 ? [] : await this.#scan(serviceTime);
    return { serviceTime, existingIds: recentPersonas.map(({ id }) => id) };
  }

  /**
   * Lists the personas created since a time, with a scan that starts after this call.
   *
   * @param sinceEpochMs service time, in milliseconds since the epoch.
   */
  listCreatedSince(sinceEpochMs: number): Promise<Persona[]> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ sinceEpochMs, resolve, reject });
      if (!this.#isPolling) void this.#poll();
    });
  }

  async #poll(): Promise<void> {
    this.#isPolling = true;
    while (this.#waiters.length > 0) {
      const waiters = this.#waiters;
      this.#waiters = [];
      try {
        const personas = await this.#scan(Math.min(...waiters.map(({ sinceEpochMs }) => sinceEpochMs)));
        for (const { resolve } of waiters) resolve(personas);
      } catch (error) {
        for (const { reject } of waiters) reject(error);
      }
    }
    this.#isPolling = false;
  }

  /**
   * Reads the list up to the first page that ends before `sinceEpochMs`.
   *
   * The list is sorted by update time, newest first. A row that moves during the scan may appear twice.
   */
  async #scan(sinceEpochMs: number): Promise<Persona[]> {
    const earliestEpochMs = sinceEpochMs - CLOCK_SKEW_MS;
    const createdById = new Map<number, Persona>();
    for (let page = 1; ; page++) {
      const { items, pages } = await this.#client.personas.list(
        { page, perPage: POLL_PAGE_SIZE },
        this.#options,
      );
      for (const persona of items)
        if (Date.parse(persona.created_at) >= earliestEpochMs) createdById.set(persona.id, persona);
      const oldest = items.at(-1);
      if (page >= pages || oldest === undefined || Date.parse(oldest.updated_at) < earliestEpochMs)
        return [...createdById.values()];
    }
  }
}
