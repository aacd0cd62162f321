import { callSafely } from './call-safely.js';
import type { PersonaEvents, PersonaListener } from './events.js';
import { newRandomId } from './random-id.js';

type AnyListener = <K extends keyof PersonaEvents>(name: K, event: PersonaEvents[K]) => unknown;

/** The event emitter of a client and its views. Errors of a listener go to the console and do not affect the call. */
export class EventEmitter {
  #lastCallId = 0;
  #requestIdPrefix: string | undefined;
  readonly #listeners = new Map<keyof PersonaEvents, Set<(event: never) => void>>();
  #anyListener: AnyListener | undefined;

  /** Returns the next `callId`. */
  nextCallId(): number {
    return ++this.#lastCallId;
  }

  /** Generates the request id of a call: a random prefix, and `callId`. That costs less than a random id for each call. */
  generateRequestId(callId: number): string {
    this.#requestIdPrefix ??= newRandomId(); // not earlier: Cloudflare Workers forbids random values in the global scope
    return `${this.#requestIdPrefix}-${callId}`;
  }

  /**
   * Adds a listener.
   *
   * @returns a function that removes it.
   */
  on<K extends keyof PersonaEvents>(name: K, listener: PersonaListener<K>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    const registration: PersonaListener<K> = (event) => listener(event); // unique, so that you can add a listener twice
    this.#listeners.set(name, listeners.add(registration));
    return () => void listeners.delete(registration);
  }

  /** Returns whether an event has listeners. Without any, callers need not build the event. */
  hasListeners(name: keyof PersonaEvents): boolean {
    return this.#anyListener !== undefined || (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  /** Sets the listener for all events. It replaces an earlier one, and runs after the listeners of `on`. */
  onAny(listener: AnyListener): void {
    this.#anyListener = listener;
  }

  emit<K extends keyof PersonaEvents>(name: K, event: PersonaEvents[K]): void {
    const anyListener = this.#anyListener;
    // a copy, because a listener can add and remove listeners
    for (const listener of [...(this.#listeners.get(name) ?? [])])
      callSafely(`a listener for '${name}'`, () => (listener as (event: PersonaEvents[K]) => unknown)(event));
    if (anyListener) callSafely(`a listener for '${name}'`, () => anyListener(name, event));
  }
}
