import type * as fc from 'fast-check';
import type { CacheStore } from 'persona-client';

/** A store whose every step is the scheduler's choice; it can fail, and fall back to what it held before. */
export class ScheduledStore implements CacheStore {
  /** How many of the next steps fail, before or after they took effect. */
  failures = 0;
  readonly #scheduler: fc.Scheduler;
  #held = new Map<string, string>();
  #before = new Map<string, string>();

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  get = async (key: string) => (await this.getMany([key]))[0];
  getMany = (keys: string[]) => this.#step(() => keys.map((key) => this.#held.get(key)));
  set = (key: string, value: string) => this.#step(() => void this.#held.set(key, value));
  delete = (key: string) => this.#step(() => this.#held.delete(key));

  remember(): void {
    this.#before = new Map(this.#held);
  }

  fallBack(): void {
    this.#held = new Map(this.#before);
  }

  async #step<T>(work: () => T): Promise<T> {
    await this.#scheduler.schedule(Promise.resolve(), 'store');
    const fails = this.failures > 0;
    if (fails) this.failures--;
    if (fails && this.failures % 2 === 0) throw new Error('before');
    const result = work();
    await this.#scheduler.schedule(Promise.resolve(), 'store answers');
    if (fails) throw new Error('after');
    return result;
  }
}
