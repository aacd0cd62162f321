import { PersonaTimeoutError } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { type AbortSignalLike, LightAbortController } from '../../../src/core/abort.js';
import { CallSignal } from '../../../src/pipeline/call-signal.js';
import { expectThrow } from '../../support/failures.js';

/** Counts its listeners. */
class CountingController extends LightAbortController {
  listeners = 0;

  override addEventListener(type: 'abort', listener: () => void): void {
    this.listeners++;
    super.addEventListener(type, listener);
  }

  override removeEventListener(type: 'abort', listener: () => void): void {
    this.listeners--;
    super.removeEventListener(type, listener);
  }
}

const createSignal = (closing: LightAbortController, caller?: AbortSignalLike) =>
  new CallSignal('personas.get', performance.now(), {
    deadlineMs: 60_000,
    callerSignal: caller,
    closeSignal: closing,
  });

describe('CallSignal', () => {
  it('subscribes to other signals on the first listener, and unsubscribes at the end', () => {
    const [caller, closing] = [new CountingController(), new CountingController()];
    const signal = createSignal(closing, caller);
    expect([caller.listeners, closing.listeners]).toEqual([0, 0]);
    signal.addEventListener('abort', () => {});
    signal.addEventListener('abort', () => {});
    expect([caller.listeners, closing.listeners]).toEqual([1, 1]);
    signal.end();
    expect([caller.listeners, closing.listeners]).toEqual([0, 0]);
  });

  it("starts aborted if the client is closed or the caller's signal has aborted", () => {
    const aborted = new LightAbortController();
    aborted.abort('reason');
    expect(createSignal(aborted)).toMatchObject({
      aborted: true,
      reason: { code: 'aborted', cause: 'reason' },
    });
    expect(createSignal(new LightAbortController(), aborted)).toMatchObject({
      aborted: true,
      reason: { code: 'aborted' },
    });
  });

  it("calls a new listener immediately if the caller's signal aborted before", () => {
    const caller = new LightAbortController();
    const signal = createSignal(new LightAbortController(), caller);
    caller.abort('reason');
    let calls = 0;
    signal.addEventListener('abort', () => calls++);
    expect(calls).toBe(1);
    expect(signal.reason).toMatchObject({ code: 'aborted', cause: 'reason' });
    signal.end();
  });

  it("aborts on the caller's abort event, even if the signal's state does not change", () => {
    const caller = new AbortController().signal;
    const signal = createSignal(new LightAbortController(), caller);
    signal.addEventListener('abort', () => {});
    caller.dispatchEvent(new Event('abort'));
    expect(signal.reason).toMatchObject({ code: 'aborted' });
    signal.end();
  });

  it('has aborted after its deadline, even if its timer has not fired yet', () => {
    const signal = createSignal(new LightAbortController());
    signal.addEventListener('abort', () => {});
    const now = performance.now();
    signal.throwIfAborted();
    vi.spyOn(performance, 'now').mockReturnValue(now + 60_001);
    expect(expectThrow(PersonaTimeoutError, () => signal.throwIfAborted()).scope).toBe('deadline');
    signal.end();
  });
});
