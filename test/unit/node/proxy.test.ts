import { describe, expect, it } from 'vitest';
import { parseProxy, readProxyEnvironment } from '../../../src/node/proxy.js';

describe('parseProxy', () => {
  it.each([
    ['http://proxy.example', 'proxy.example:80'],
    ['https://proxy.example', 'proxy.example:443'],
    ['HTTP://Proxy.Example:3128/path', 'proxy.example:3128'],
    ['proxy.example:3128', 'proxy.example:3128'],
    ['user:secret@proxy.example', 'proxy.example:80'],
    ['http://[::1]:3128', '[::1]:3128'],
  ])('names %s without credentials', (value, name) => {
    expect(parseProxy(value)?.name).toBe(name);
  });

  it('removes the brackets of an IPv6 address that it connects to', () => {
    expect(parseProxy('http://[::1]:3128')).toMatchObject({
      hostname: '::1',
      host: '[::1]:3128',
      port: '3128',
    });
  });

  it.each([
    ['http://user:p%40ss@proxy.example', 'user:p@ss'],
    ['http://user@proxy.example', 'user:'],
    ['http://:token@proxy.example', ':token'],
  ])('decodes the credentials of %s', (value, credentials) => {
    const expected = `Basic ${Buffer.from(credentials).toString('base64')}`;
    expect(parseProxy(value)?.authorization).toBe(expected);
  });

  it.each(['socks5://proxy.example', 'ftp://proxy.example', 'http://', 'http://a%@b', 'http://x:99999'])(
    'rejects %s',
    (value) => {
      expect(parseProxy(value)).toBeUndefined();
    },
  );
});

describe('NO_PROXY', () => {
  const isExempt = (noProxy: string, url: string) =>
    readProxyEnvironment({ HTTP_PROXY: 'http://proxy.example', NO_PROXY: noProxy })(new URL(url)) ===
    undefined;

  it.each([
    ['example.com', 'https://example.com'],
    ['EXAMPLE.com', 'https://api.example.COM'],
    ['.example.com', 'https://api.example.com'],
    ['*.example.com', 'https://api.example.com'],
    ['example.com.', 'https://example.com'],
    ['example.com', 'https://example.com.'],
    ['a.test,\texample.com', 'https://example.com'],
    ['example.com:443', 'https://example.com'],
    ['example.com:80', 'http://example.com'],
    ['example.com:8443', 'https://example.com:8443'],
    ['::1', 'http://[::1]:5050'],
    ['[::1]', 'http://[::1]:5050'],
    ['[::1]:5050', 'http://[::1]:5050'],
    ['none.test, *', 'http://[::1]:5050'],
    ['*:5050', 'http://example.com:5050'],
  ])('%s exempts %s', (noProxy, url) => {
    expect(isExempt(noProxy, url)).toBe(true);
  });

  it.each([
    ['example.com', 'https://badexample.com'],
    ['example.com:443', 'http://example.com'],
    ['api.example.com', 'https://example.com'],
    ['[::1]:5051', 'http://[::1]:5050'],
    ['::1', 'http://[::2]'],
    [' , ', 'https://example.com'],
    ['*:5050', 'http://example.com'],
  ])('%s does not exempt %s', (noProxy, url) => {
    expect(isExempt(noProxy, url)).toBe(false);
  });
});
