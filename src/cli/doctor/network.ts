import { lookup } from 'node:dns/promises';
import { speaksTls } from './tls.js';
import type { Check } from './types.js';

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;
const SKEW_MS = 60_000;

export const address: Check = async ({ url }) => {
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    return {
      state: 'warning',
      found: `${url.href} is not encrypted`,
      advice: 'Use https: others on the way can read passwords, tokens and personas.',
    };
  const { address } = await lookup(url.hostname.replace(/^\[|\]$/g, ''));
  return { state: 'ok', found: `${url.href}, at ${address}` };
};

export const proxy: Check = async ({ environment, url }) => {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].filter(
    (name) => environment[name],
  );
  if (names.length === 0) return { state: 'ok', found: 'none is set' };
  const isUsed = environment.NODE_USE_ENV_PROXY === '1';
  const exempt = (environment.NO_PROXY ?? environment.no_proxy ?? '')
    .split(',')
    .some((name) => name.trim() === url.hostname);
  if (isUsed || exempt)
    return { state: 'ok', found: `${names.join(', ')} set, and ${exempt ? 'not for this service' : 'used'}` };
  return {
    state: 'warning',
    found: `${names.join(', ')} set, and not used by Node by itself`,
    advice:
      'Set NODE_USE_ENV_PROXY=1 (Node 24), or give createPooledTransport({ proxy: "env" }) to your own clients.',
  };
};

export const reachability: Check = async (patient) => {
  const { client, url, signal } = patient;
  try {
    const { status, version } = await client.health.check({ signal });
    patient.reachable = true;
    return { state: 'ok', found: `the service says "${status}"${version ? `, version ${version}` : ''}` };
  } catch (error) {
    if (url.protocol !== 'http:' || !(await speaksTls(url, signal))) throw error;
    const advice = `Give it as ${url.href.replace('http:', 'https:')}.`;
    return { state: 'failed', found: 'TLS is spoken there, and the URL says http', advice };
  }
};

export const clock: Check = async ({ url, signal }) => {
  const before = Date.now();
  const response = await fetch(new URL('/health', url), { signal, redirect: 'manual' });
  await response.body?.cancel();
  const theirs = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(theirs)) return { state: 'skipped', found: 'the service does not tell its time' };
  const skew = theirs - (before + Date.now()) / 2;
  const seconds = Math.round(skew / 1_000);
  return Math.abs(skew) > SKEW_MS
    ? {
        state: 'warning',
        found: `the service's clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this one`,
        advice: 'Have both set by NTP: tokens and purges go by the clock.',
      }
    : { state: 'ok', found: `${Math.abs(seconds)} s apart` };
};

export const cors: Check = async ({ url, origin, signal }) => {
  if (origin === undefined) return { state: 'skipped', found: 'give --origin to ask for a page of yours' };
  const response = await fetch(new URL('/api/v1/personas', url), {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    },
    redirect: 'manual',
    signal,
  });
  await response.body?.cancel();
  const allowed = response.headers.get('access-control-allow-origin');
  return allowed === '*' || allowed === origin
    ? { state: 'ok', found: `pages of ${origin} may call the service` }
    : {
        state: 'failed',
        found: `pages of ${origin} may not call the service${allowed ? `, only those of ${allowed}` : ''}`,
        advice: "Add the origin to the service's CORS settings (serve --cors, of the local one).",
      };
};
