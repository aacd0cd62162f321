import type { ClientOptions } from 'persona-client';
import { createPersonaService, type PersonaServiceOptions } from 'persona-client/testing';
import { afterEach, beforeEach, onTestFinished, vi } from 'vitest';
import { LOGIN_PATH, REFRESH_PATH, USERS } from './auth.js';
import { createTestClient } from './service.js';

/** Replaces clocks and timers in all tests of a file. Time passes only by {@link pass}. */
export function installFakeTime(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());
}

/** Lets time pass, and runs the timers that are due. */
export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Moves the wall clock only: the machine slept, or its clock was set. */
export const jumpWallClock = (ms: number) => void vi.setSystemTime(Date.now() + ms);

/** Creates a service with authentication in this process. No sockets, so fake timers are safe. */
export function setupTimedAuth(serviceOptions: PersonaServiceOptions = {}) {
  const startedAt = performance.now();
  const service = createPersonaService({
    auth: { users: USERS },
    now: () => Date.UTC(2026, 0, 1) + performance.now() - startedAt, // the clock of another machine
    ...serviceOptions,
  });
  onTestFinished(() => service.close());
  const count = (path: string | RegExp) =>
    service.requests.filter((request) =>
      typeof path === 'string' ? request.path === path : path.test(request.path),
    ).length;
  return {
    service,
    connect: (options: ClientOptions = {}) =>
      createTestClient({ fetch: (...request) => service.fetch(...request), cache: false, ...options }),
    count,
    logins: () => count(LOGIN_PATH),
    refreshes: () => count(REFRESH_PATH),
  };
}
