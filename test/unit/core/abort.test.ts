import { describe, expect, it } from 'vitest';
import { LightAbortController, raceAbort } from '../../../src/core/abort.js';
import { deferred } from '../../support/pipeline.js';

describe('LightAbortController', () => {
  it('calls each remaining listener once, in order', () => {
    const controller = new LightAbortController();
    const called: string[] = [];
    const [first, second, third, fourth] = ['first', 'second', 'third', 'fourth'].map(
      (name) => () => void called.push(name),
    ) as [() => void, () => void, () => void, () => void];
    for (const listener of [first, second, third, fourth]) controller.addEventListener('abort', listener);
    controller.removeEventListener('abort', third);
    controller.removeEventListener('abort', first);
    controller.abort('reason');
    controller.abort('second reason');
    expect(called).toEqual(['second', 'fourth']);
    expect(controller).toMatchObject({ aborted: true, reason: 'reason' });
  });

  it('aborts with its parent, but calls no removed listener', () => {
    const parent = new LightAbortController();
    const inner = new LightAbortController(parent);
    const called: string[] = [];
    const listener = () => void called.push('inner');
    inner.addEventListener('abort', listener);
    inner.removeEventListener('abort', listener);
    parent.abort('reason');
    expect(called).toEqual([]);
    expect(inner).toMatchObject({ aborted: true, reason: 'reason' });
  });
});

describe('raceAbort', () => {
  it('rejects immediately if the signal has already aborted', async () => {
    const controller = new LightAbortController();
    controller.abort(new Error('aborted'));
    const { promise } = deferred<void>();
    await expect(raceAbort(promise, controller)).rejects.toThrow('aborted');
  });

  it('removes its listener when the work settles', async () => {
    let listeners = 0;
    const controller = new LightAbortController();
    const counted = {
      aborted: false,
      reason: undefined,
      throwIfAborted: () => {},
      addEventListener: (...args: Parameters<LightAbortController['addEventListener']>) => {
        listeners++;
        controller.addEventListener(...args);
      },
      removeEventListener: (...args: Parameters<LightAbortController['removeEventListener']>) => {
        listeners--;
        controller.removeEventListener(...args);
      },
    };
    const work = deferred<string>();
    const raced = raceAbort(work.promise, counted);
    expect(listeners).toBe(1);
    work.resolve('done');
    expect(await raced).toBe('done');
    expect(listeners).toBe(0);
    await expect(raceAbort(Promise.reject(new Error('failed')), counted)).rejects.toThrow('failed');
    expect(listeners).toBe(0);
  });
});
