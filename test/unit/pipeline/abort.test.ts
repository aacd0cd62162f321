import { describe, expect, it } from 'vitest';
import { LightAbortController, raceAbort } from '../../../src/core/abort.js';
import { deferred } from '../../support/pipeline.js';

describe('an ending', () => {
  it('tells those who still listen, once, in the order they came', () => {
    const ending = new LightAbortController();
    const told: string[] = [];
    const [first, second, third, fourth] = ['first', 'second', 'third', 'fourth'].map(
      (name) => () => void told.push(name),
    ) as [() => void, () => void, () => void, () => void];
    for (const listener of [first, second, third, fourth]) ending.addEventListener('abort', listener);
    ending.removeEventListener('abort', third);
    ending.removeEventListener('abort', first);
    ending.abort('over');
    ending.abort('again');
    expect(told).toEqual(['second', 'fourth']);
    expect(ending).toMatchObject({ aborted: true, reason: 'over' });
  });

  it('ends with what it is made under, until it is no longer listened to', () => {
    const outer = new LightAbortController();
    const inner = new LightAbortController(outer);
    const told: string[] = [];
    const listener = () => void told.push('inner');
    inner.addEventListener('abort', listener);
    inner.removeEventListener('abort', listener);
    outer.abort('over');
    expect(told).toEqual([]);
    expect(inner).toMatchObject({ aborted: true, reason: 'over' });
  });
});

describe('abortable', () => {
  it('is over at once where the signal has aborted', async () => {
    const ending = new LightAbortController();
    ending.abort(new Error('bye'));
    const { promise } = deferred<void>();
    await expect(raceAbort(promise, ending)).rejects.toThrow('bye');
  });

  it('does not listen once the work is done', async () => {
    let listening = 0;
    const ending = new LightAbortController();
    const counted = {
      aborted: false,
      reason: undefined,
      throwIfAborted: () => {},
      addEventListener: (...to: Parameters<LightAbortController['addEventListener']>) => {
        listening++;
        ending.addEventListener(...to);
      },
      removeEventListener: (...to: Parameters<LightAbortController['removeEventListener']>) => {
        listening--;
        ending.removeEventListener(...to);
      },
    };
    const work = deferred<string>();
    const waiting = raceAbort(work.promise, counted);
    expect(listening).toBe(1);
    work.resolve('done');
    expect(await waiting).toBe('done');
    expect(listening).toBe(0);
    await expect(raceAbort(Promise.reject(new Error('broken')), counted)).rejects.toThrow('broken');
    expect(listening).toBe(0);
  });
});
