import type { EventEmitter } from './event-emitter.js';

/** Request id of a call. Generated on first use, because a cache hit needs none. */
export class RequestId {
  readonly #events: Pick<EventEmitter, 'generateRequestId'>;
  readonly #callId: number;
  #value: string | undefined;

  /** @param value an id from the caller's headers, used instead of a generated one. */
  constructor(events: Pick<EventEmitter, 'generateRequestId'>, callId: number, value?: string) {
    this.#events = events;
    this.#callId = callId;
    this.#value = value;
  }

  get value(): string {
    this.#value ??= this.#events.generateRequestId(this.#callId);
    return this.#value;
  }
}
