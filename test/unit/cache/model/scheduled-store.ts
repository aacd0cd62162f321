import type * as fc from 'fast-check';
import type { CacheStore } from 'persona-client';

/** A store whose steps run in the order of the scheduler. It can fail and be rolled back. */
export class ScheduledStore implements CacheStore {
  /** How many of the next calls fail, before or after they take effect. */
  failures = 0;
  readonly #scheduler: fc.Scheduler;
  #entries = new Map<string, string>();
  #snapshot = new Map<string, string>();

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  get = async (key: string) => (await this.getMany([key]))[0];
  getMany = (keys: string[]) => this.#run(() => keys.map((key) => this.#entries.get(key)));
  set = (key: string, value: string) => this.#run(() => void this.#entries.set(key, value));
  delete = (key: string) => this.#run(() => this.#entries.delete(key));

  takeSnapshot(): void {
    this.#snapshot = new Map(this.#entries);
  }

  rollBack(): void {
    this.#entries = new Map(this.#snapshot);
  }

  async #run<T>(work: () => T): Promise<T> {
    await this.#scheduler.schedule(Promise.resolve(), 'store receives');
    const fails = this.failures > 0;
    if (fails) this.failures--;
    if (fails && this.failures % 2 === 0) throw new Error('failed before the call took effect');
    const result = work();
    await this.#scheduler.schedule(Promise.resolve(), 'store responds');
    if (fails) throw new Error('failed after the call took effect');
    return result;
  }
}
