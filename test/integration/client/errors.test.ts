import { inspect } from 'node:util';
import * as api from 'persona-client';
import { describe, expect, it, vi } from 'vitest';

const details = {
  request: { id: 'r1', method: 'PUT', url: 'http://service.test/1' },
  attempts: 2,
  maybeApplied: true,
};
const factories = {
  PersonaValidationError: () =>
    new api.PersonaValidationError('m', { ...details, issues: [{ path: ['name'], message: 'x' }] }),
  PersonaResponseError: () => new api.PersonaResponseError('m', { ...details, status: 200 }),
  PersonaIncompleteListError: () =>
    new api.PersonaIncompleteListError('m', {
      ...details,
      personas: [],
      total: 2,
      unseen: 2,
      reason: 'hidden',
    }),
  PersonaAuthenticationError: () => new api.PersonaAuthenticationError('m', { ...details, status: 401 }),
  PersonaPermissionError: () => new api.PersonaPermissionError('m', { ...details, status: 403 }),
  PersonaNotFoundError: () => new api.PersonaNotFoundError('m', { ...details, personaId: 1 }),
  PersonaConflictError: () => new api.PersonaConflictError('m', details),
  PersonaRateLimitError: () => new api.PersonaRateLimitError('m', { ...details, retryAfterMs: 1 }),
  PersonaServerError: () => new api.PersonaServerError('m', { ...details, status: 503 }),
  PersonaConnectionError: () => new api.PersonaConnectionError('m', details),
  PersonaTimeoutError: () => new api.PersonaTimeoutError('m', { ...details, scope: 'attempt' }),
  PersonaCircuitOpenError: () => new api.PersonaCircuitOpenError('m', { ...details, retryAfterMs: 1 }),
  PersonaNotCachedError: () => new api.PersonaNotCachedError('m', details),
  PersonaAbortError: () => new api.PersonaAbortError('m', details),
} satisfies Record<string, () => api.PersonaError>;
type ErrorName = keyof typeof factories;
const errorClasses = Object.entries(api).filter(([name]) => name in factories) as [
  ErrorName,
  typeof api.PersonaError,
][];
const errorNames = Object.keys(factories) as ErrorName[];

describe('error classes', () => {
  it('are all exported', () => {
    const exported = Object.keys(api).filter((name) => name.endsWith('Error'));
    expect(exported.sort()).toEqual(['PersonaError', ...errorNames].sort());
  });

  it.each(errorNames)('%s is an instance of its own class, PersonaError and Error only', (errorName) => {
    const error = factories[errorName]();
    expect(error).toBeInstanceOf(Error);
    expect(errorClasses.filter(([, ErrorClass]) => error instanceof ErrorClass)).toEqual([
      [errorName, error.constructor],
    ]);
    expect(error instanceof api.PersonaError).toBe(true);
    expect(error).toMatchObject(details);
  });

  it.each(errorNames)('%s shows its name in stack, inspect and JSON', (errorName) => {
    const error = factories[errorName]();
    const name = errorName === 'PersonaAbortError' ? 'AbortError' : errorName;
    expect(error.name).toBe(name);
    expect(error.stack?.startsWith(`${name}: m`)).toBe(true);
    expect(inspect(error)).toContain(name);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      name,
      message: 'm',
      code: error.code,
      ...details,
    });
  });

  it('are recognized across copies of the package', async () => {
    vi.resetModules();
    const copy = await import('../../../src/core/errors/index.js');
    expect(copy.PersonaNotFoundError).not.toBe(api.PersonaNotFoundError);
    const foreign = new copy.PersonaNotFoundError('m', { personaId: 1 });
    expect(foreign instanceof api.PersonaNotFoundError).toBe(true);
    expect(foreign instanceof api.PersonaError).toBe(true);
    expect(foreign instanceof api.PersonaServerError).toBe(false);
  });

  it('support subclasses', () => {
    class MyError extends api.PersonaServerError {}
    expect(new MyError('m', { status: 500 }) instanceof api.PersonaServerError).toBe(true);
    expect(factories.PersonaServerError() instanceof MyError).toBe(false);
  });

  it('do not match other values', () => {
    for (const value of [null, undefined, 1, 'PersonaError', {}, new Error('m')])
      expect(value instanceof api.PersonaError).toBe(false);
  });
});
