import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clientCode } from '../../../src/auth/client-code.js';
import { RefreshPauses } from '../../../src/auth/refresh-pauses.js';
import { PersonaAuthenticationError, PersonaConnectionError } from '../../../src/core/errors/index.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const failure = new PersonaConnectionError('down');
const rejection = new PersonaAuthenticationError('wrong', { code: 'credentials_rejected' });

describe('pauses after failed logins', () => {
  it('keep the class, the message and the cause of the error', () => {
    const cause = new Error('refused');
    const error = new RefreshPauses(clientCode).start('key', new PersonaConnectionError('down', { cause }));
    expect(error).toBeInstanceOf(PersonaConnectionError);
    expect(error).toMatchObject({ message: 'down', cause, retryAfterMs: 5_000 });
  });

  it('count rejections and other failures separately', () => {
    const pauses = new RefreshPauses(clientCode);
    const durations = [failure, rejection, failure, rejection].map(
      (error) => pauses.start('key', error).retryAfterMs,
    );
    expect(durations).toEqual([5_000, 30_000, 10_000, 60_000]);
  });

  it('are as long as Retry-After, but at most 15 minutes', () => {
    const start = (retryAfterMs: number) =>
      new RefreshPauses(clientCode).start('key', new PersonaConnectionError('down', { retryAfterMs }))
        .retryAfterMs;
    expect([start(0), start(1_500), start(600_000), start(1e9)]).toEqual([5_000, 1_500, 600_000, 900_000]);
  });

  it('end after a success, and the next one is short again', () => {
    const pauses = new RefreshPauses(clientCode);
    pauses.start('key', failure);
    pauses.start('key', failure);
    pauses.reset('key');
    expect(pauses.find('key')).toBeUndefined();
    expect(pauses.start('key', failure).retryAfterMs).toBe(5_000);
  });

  it('hold back the others while one caller tries again', () => {
    const pauses = new RefreshPauses(clientCode);
    pauses.extend('key', 10_000);
    expect(pauses.find('key')).toBeUndefined();
    pauses.start('key', failure);
    vi.advanceTimersByTime(5_000);
    expect(pauses.find('key')).toBeUndefined();
    pauses.extend('key', 10_000);
    vi.advanceTimersByTime(9_999);
    expect(pauses.find('key')).toMatchObject({ error: { message: 'down' } });
    vi.advanceTimersByTime(1);
    expect(pauses.find('key')).toBeUndefined();
  });

  it('are remembered for the last 875 to 1,000 credentials', () => {
    const pauses = new RefreshPauses(clientCode);
    for (let i = 0; i < 1_000; i++) pauses.start(`key ${i}`, failure);
    expect(pauses.find('key 0')).toBeDefined();
    pauses.start('key 1000', failure);
    expect(pauses.find('key 125')).toBeUndefined();
    expect(pauses.find('key 126')).toBeDefined();
    expect(pauses.find('key 1000')).toBeDefined();
  });
});
