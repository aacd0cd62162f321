import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findSystemErrors, sanitizePlatformError } from '../../../src/core/sanitize-error.js';

const systemError = (code: unknown, syscall?: unknown) =>
  Object.assign(new Error('SECRET'), { code, syscall, data: 'SECRET', rawPacket: Buffer.from('SECRET') });

describe('sanitizePlatformError', () => {
  it.each([
    ['ECONNREFUSED', 'The connection was refused.'],
    ['ConnectionRefused', 'The connection was refused.'],
    ['ENOTFOUND', 'The host was not found.'],
    ['EAI_AGAIN', 'The host was not found.'],
    ['EADDRNOTAVAIL', 'No local address is available.'],
    ['UND_ERR_CONNECT_TIMEOUT', 'There is no connection.'],
    ['ETIMEDOUT', 'The connection timed out.'],
    ['UND_ERR_HEADERS_TIMEOUT', 'The connection timed out.'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'The certificate was rejected.'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'The certificate was rejected.'],
    ['EPROTO', 'The TLS connection failed.'],
    ['HPE_INVALID_CONSTANT', 'The response is not valid HTTP.'],
    ['Malformed_HTTP_Response', 'The response is not valid HTTP.'],
    ['ECONNRESET', 'The connection was closed.'],
    ['UND_ERR_SOCKET', 'The connection was closed.'],
    ['SOMETHING_NEW', 'The message is omitted, because it may contain data.'],
  ])('describes %s by a fixed sentence', (code, message) => {
    const cause = sanitizePlatformError(new TypeError('SECRET', { cause: systemError(code, 'read') }));
    expect(cause).toMatchObject({ name: 'Error', message, code, syscall: 'read' });
    expect(cause.stack).toBe(`Error: ${message}`);
    expect(inspect(cause, { depth: 9, showHidden: true })).not.toContain('SECRET');
  });

  it('keeps no name, code or system call that is not one word', () => {
    const error = Object.assign(systemError('SECRET TEXT', 'SECRET\n'), { name: 'SECRET: x' });
    const cause = sanitizePlatformError(error);
    expect(Object.keys(cause)).toEqual([]);
    expect(cause.name).toBe('Error');
  });

  it('survives values that are no errors, and causes that form a circle', () => {
    const circle = new Error('SECRET');
    circle.cause = circle;
    for (const value of [undefined, null, 'SECRET', 1, {}, Object.create(null), circle, () => {}])
      expect(inspect(sanitizePlatformError(value))).not.toContain('SECRET');
  });
});

describe('findSystemErrors', () => {
  it('finds one per address', () => {
    const errors = [systemError('ECONNREFUSED', 'connect'), systemError('EHOSTUNREACH', 'connect')];
    const found = findSystemErrors(new TypeError('fetch failed', { cause: new AggregateError(errors) }));
    expect(found.map(({ code }) => code)).toEqual(['ECONNREFUSED', 'EHOSTUNREACH']);
  });

  it('finds plain objects and errors of another realm', () => {
    expect(findSystemErrors({ cause: { code: 'ECONNRESET' } })).toMatchObject([{ code: 'ECONNRESET' }]);
  });
});

describe('the frames of a rebuilt error', () => {
  const rebuildStack = (error: Error) => sanitizePlatformError(error, true).stack?.split('\n').slice(1) ?? [];
  const LINE = '    at SECRET (file:///SECRET.js:1:1)';

  it('are positions in the code', () => {
    expect(rebuildStack(new TypeError('x'))[0]).toMatch(/^ {4}at .*sanitize-error\.test\.ts:\d+:\d+\)?$/);
    expect(rebuildStack(new TypeError())[0]).toContain('sanitize-error.test.ts');
    expect(rebuildStack(Object.assign(new TypeError('x'), { name: 'Renamed' }))[0]).toContain('.test.ts');
  });

  it('are no lines of the message, even if the message or the stack was replaced', () => {
    const message = `x\n${LINE}\n${LINE}`;
    const multiline = new TypeError(message);
    const replaced = Object.assign(new TypeError(message), { message: 'x' });
    void replaced.stack;
    const emptied = Object.assign(new TypeError(message), { message: '' });
    const forged = Object.assign(new TypeError('a'), { stack: `TypeError: SECRET\n${LINE}` });
    for (const error of [multiline, replaced, emptied, forged])
      expect(rebuildStack(error).join('\n')).not.toContain('SECRET');
    expect(rebuildStack(multiline)[0]).toContain('sanitize-error.test.ts');
  });
});
