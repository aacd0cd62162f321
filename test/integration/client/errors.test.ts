import { inspect } from 'node:util';
import * as api from 'persona-client';
import { describe, expect, it } from 'vitest';

const details = {
  request: { id: 'r1', method: 'PUT', url: 'http://service.test/1' },
  attempts: 2,
  maybeApplied: true,
};
const make = {
  PersonaValidationError: () =>
    new api.PersonaValidationError('m', { ...details, issues: [{ path: ['name'], message: 'x' }] }),
  PersonaResponseError: () => new api.PersonaResponseError('m', { ...details, status: 200 }),
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
type Kind = keyof typeof make;
const families = Object.entries(api).filter(([name]) => name in make) as [Kind, typeof api.PersonaError][];
const kinds = Object.keys(make) as Kind[];

describe('the error family', () => {
  it('is exported whole', () => {
    const exported = Object.keys(api).filter((name) => name.endsWith('Error'));
    expect(exported.sort()).toEqual(['PersonaError', ...kinds].sort());
  });

  it.each(kinds)('%s is itself, a PersonaError, an Error, and none of its siblings', (kind) => {
    const error = make[kind]();
    expect(error).toBeInstanceOf(Error);
    expect(families.filter(([, Family]) => error instanceof Family)).toEqual([[kind, error.constructor]]);
    expect(error instanceof api.PersonaError).toBe(true);
    expect(error).toMatchObject(details);
  });

  it.each(kinds)('%s goes by its name in stacks, inspection and JSON', (kind) => {
    const error = make[kind]();
    const name = kind === 'PersonaAbortError' ? 'AbortError' : kind;
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

  it('holds across copies of the package, by its brand', async () => {
    const copy = await import('../../../src/core/errors/index.js?copy' as '../../../src/core/errors/index.js');
    expect(copy.PersonaNotFoundError).not.toBe(api.PersonaNotFoundError);
    const foreign = new copy.PersonaNotFoundError('m', { personaId: 1 });
    expect(foreign instanceof api.PersonaNotFoundError).toBe(true);
    expect(foreign instanceof api.PersonaError).toBe(true);
    expect(foreign instanceof api.PersonaServerError).toBe(false);
  });

  it('can be extended: a subclass is not its parent', () => {
    class MyError extends api.PersonaServerError {}
    expect(new MyError('m', { status: 500 }) instanceof api.PersonaServerError).toBe(true);
    expect(make.PersonaServerError() instanceof MyError).toBe(false);
  });

  it('is no trap for what is not an error', () => {
    for (const value of [null, undefined, 1, 'PersonaError', {}, new Error('m')])
      expect(value instanceof api.PersonaError).toBe(false);
  });
});
