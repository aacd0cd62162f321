import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Dialect } from '../../../src/core/dialect.js';
import { EventEmitter } from '../../../src/core/event-emitter.js';
import { ServiceProfile } from '../../../src/core/service-profile.js';
import { createCall, createResponse } from '../../support/pipeline.js';

const LISTS = {
  subresource: createResponse(200, { personas: [], total: 0, page: 1, per_page: 1 }),
  attributes: createResponse(200, { personas: [], total: 0, page: 1, per_page: 1, pages: 0 }),
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setup(dialect: Dialect | 'auto' = 'auto') {
  const events = new EventEmitter();
  const profile = new ServiceProfile(dialect, events, 10_000);
  const detected: Dialect[] = [];
  events.on('dialect', (event) => detected.push(event.dialect));
  return {
    profile,
    detected,
    receiveList: (shown: Dialect, startedAt: number) =>
      profile.updateFromResponse(LISTS[shown], '/personas?page=1', startedAt),
  };
}

describe('the dialect in the service profile', () => {
  it('follows the responses to the latest requests, in any order of arrival', () => {
    const { profile, detected, receiveList } = setup();
    receiveList('subresource', 1);
    receiveList('attributes', 3);
    receiveList('subresource', 2);
    expect(profile.dialect).toBe('attributes');
    receiveList('attributes', 4);
    receiveList('subresource', 5);
    expect(detected).toEqual(['subresource', 'attributes', 'subresource']);
  });

  it('never changes if it is configured', async () => {
    const { profile, detected, receiveList } = setup('subresource');
    receiveList('attributes', 1);
    await profile.verifyDialect('subresource', async () => 'attributes', createCall().call);
    expect(profile.dialect).toBe('subresource');
    expect(detected).toEqual([]);
  });

  it('is verified by an operation at most every 10 seconds', async () => {
    const { profile, receiveList } = setup();
    receiveList('subresource', 1);
    const detect = vi.fn(async (): Promise<Dialect> => 'subresource');
    const verify = (name: string) => profile.verifyDialect('subresource', detect, createCall({ name }).call);
    await verify('behavioral.get');
    await vi.advanceTimersByTimeAsync(9_999);
    await verify('behavioral.get');
    expect(detect).toHaveBeenCalledTimes(1);
    await verify('behavioral.update');
    expect(detect).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1);
    await verify('behavioral.get');
    expect(detect).toHaveBeenCalledTimes(3);
  });

  it('is not verified again if it has changed since the request', async () => {
    const { profile, receiveList } = setup();
    receiveList('attributes', 1);
    const detect = vi.fn(async (): Promise<Dialect> => 'subresource');
    await profile.verifyDialect('subresource', detect, createCall().call);
    expect(detect).not.toHaveBeenCalled();
  });

  it('stays the same if its verification fails', async () => {
    const { profile, receiveList } = setup();
    receiveList('attributes', 1);
    const fail = () => Promise.reject(new Error('offline'));
    await profile.verifyDialect('attributes', fail, createCall().call);
    expect(profile.dialect).toBe('attributes');
  });
});
