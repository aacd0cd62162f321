import { describe, expect, it } from 'vitest';
import { type AbortSignalLike, LightAbortController } from '../../../src/core/abort.js';
import { CallSignal } from '../../../src/pipeline/call-signal.js';

/** An ending that knows who listens to it. */
class Counted extends LightAbortController {
  listening = 0;

  override addEventListener(type: 'abort', listener: () => void): void {
    this.listening++;
    super.addEventListener(type, listener);
  }

  override removeEventListener(type: 'abort', listener: () => void): void {
    this.listening--;
    super.removeEventListener(type, listener);
  }
}

const lifetimeOf = (closing: LightAbortController, caller?: AbortSignalLike) =>
  new CallSignal('personas.get', performance.now(), { deadlineMs: 60_000, caller, closing });

describe("a call's lifetime", () => {
  it('listens to nothing unless it is listened to, and to nothing any more when the call has ended', () => {
    const [caller, closing] = [new Counted(), new Counted()];
    const lifetime = lifetimeOf(closing, caller);
    expect([caller.listening, closing.listening]).toEqual([0, 0]);
    lifetime.addEventListener('abort', () => {});
    lifetime.addEventListener('abort', () => {});
    expect([caller.listening, closing.listening]).toEqual([1, 1]);
    lifetime.end();
    expect([caller.listening, closing.listening]).toEqual([0, 0]);
  });

  it('is over from the start where the client is closed or the caller has given up', () => {
    const over = new LightAbortController();
    over.abort('over');
    expect(lifetimeOf(over)).toMatchObject({ aborted: true, reason: { code: 'aborted', cause: 'over' } });
    expect(lifetimeOf(new LightAbortController(), over)).toMatchObject({
      aborted: true,
      reason: { code: 'aborted' },
    });
  });

  it('tells at once who listens when the caller has given up meanwhile', () => {
    const caller = new LightAbortController();
    const lifetime = lifetimeOf(new LightAbortController(), caller);
    caller.abort('left');
    let told = 0;
    lifetime.addEventListener('abort', () => told++);
    expect(told).toBe(1);
    expect(lifetime.reason).toMatchObject({ code: 'aborted', cause: 'left' });
    lifetime.end();
  });

  it('has been given up where the signal tells it, whatever it says of itself', () => {
    const { signal } = new AbortController();
    const lifetime = lifetimeOf(new LightAbortController(), signal);
    lifetime.addEventListener('abort', () => {});
    signal.dispatchEvent(new Event('abort'));
    expect(lifetime.reason).toMatchObject({ code: 'aborted' });
    lifetime.end();
  });
});
