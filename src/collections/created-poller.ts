import { type CreatedScan, SCAN_PAGE_SIZE, scanCreatedSince } from '../endpoints/personas/created-scan.js';
import type { RequestOptions } from '../index.js';
import { toEpochMs } from './journal/index.js';
import type { Baseline, BulkClient } from './operation.js';

/** The maximum difference between the clocks of the machines behind a service. */
const MAX_SERVICE_SKEW_MS = 2_000;

interface Waiter {
  readonly sinceEpochMs: number;
  readonly resolve: (scan: CreatedScan) => void;
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
    this.#options = { cache: 'no-store', priority: 'background', ...(signal && { signal }) };
  }

  /** Reads the service's time, and the recent personas that the run could mistake for its own. */
  async readBaseline(): Promise<Baseline> {
    // With `Infinity` as the start time, the scan ends with the first page that has rows. The service may hide all rows of
    // earlier pages.
    let serviceTime = 0;
    await scanCreatedSince(async (page) => {
      const listed = await this.#readPage(page);
      serviceTime = Date.parse(listed.items[0]?.updated_at ?? '') || 0;
      return listed;
    }, Number.POSITIVE_INFINITY);
    const { personas } = serviceTime === 0 ? { personas: [] } : await this.#scan(serviceTime);
    return {
      serviceTime,
      existingIds: personas.map(({ id }) => id),
      existingCreatedAt: personas.map(({ created_at }) => toEpochMs(created_at)),
    };
  }

  /**
   * Lists the personas created since a time, with a scan that starts after this call.
   *
   * @param sinceEpochMs service time, in milliseconds since the epoch.
   */
  listCreatedSince(sinceEpochMs: number): Promise<CreatedScan> {
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
        const scan = await this.#scan(Math.min(...waiters.map(({ sinceEpochMs }) => sinceEpochMs)));
        for (const { resolve } of waiters) resolve(scan);
      } catch (error) {
        for (const { reject } of waiters) reject(error);
      }
    }
    this.#isPolling = false;
  }

  #scan(sinceEpochMs: number): Promise<CreatedScan> {
    return scanCreatedSince((page) => this.#readPage(page), sinceEpochMs - MAX_SERVICE_SKEW_MS);
  }

  #readPage(page: number) {
    return this.#client.personas.list({ page, perPage: SCAN_PAGE_SIZE }, this.#options);
  }
}
