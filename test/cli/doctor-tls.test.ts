import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { authority, selfSigned } from '../support/certificate.js';
import { serveTls } from '../support/servers.js';
import { scene } from '../support/cli.js';

const PASSWORD = 'canary-password-61c0';
const DAY_MS = 86_400_000;

const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);

/** A service with authentication behind TLS, and the doctor signed in there. */
async function ward(ours = authority()) {
  const { run, url, file } = await scene({ auth: { users: { admin: PASSWORD } }, seed: 1 });
  await writeFile(file('ca.pem'), ours.cert);
  const trusting = { NODE_EXTRA_CA_CERTS: file('ca.pem') };
  const examine = async (at: string, env: NodeJS.ProcessEnv = {}) => {
    const all = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: PASSWORD, ...env };
    const [told, words] = await Promise.all([
      run(['doctor', '--url', at, '--json'], { env: all }),
      run(['doctor', '--url', at], { env: all }),
    ]);
    for (const { out, err, code } of [told, words]) {
      expect(err).toBe('');
      expect(out).not.toContain(PASSWORD);
      expect(code).toBe(told.code);
    }
    const { healthy, findings } = JSON.parse(told.out) as { healthy: boolean; findings: Finding[] };
    for (const { found, advice = '' } of findings) expect(`${found}${advice}`).not.toContain('\n');
    const lines = findings.flatMap(({ check, state, found, advice }) => [
      `${MARKS[state]} ${check.padEnd(15)} ${found}`,
      ...(advice === undefined ? [] : [`${' '.repeat(18)}${advice}`]),
    ]);
    expect(untimed(words.out).split('\n').slice(0, lines.length)).toEqual(lines.map(untimed));
    const of = Object.fromEntries(findings.map(({ check, ...rest }) => [check, rest]));
    return { healthy, of, code: told.code };
  };
  return { url, ours, trusting, examine };
}

const MARKS = { ok: '✓', warning: '!', failed: '✗', skipped: '-' };

/** What differs between two runs. */
const untimed = (text: string) =>
  text.replace(/\d+(?= m?s\b)/g, 'some').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then');

interface Finding {
  readonly check: string;
  readonly state: keyof typeof MARKS;
  readonly found: string;
  readonly advice?: string;
}

it.each(['127.0.0.1', 'localhost'])('a trusted certificate is found good, at %s', async (host) => {
  const { url, ours, trusting, examine } = await ward();
  const { url: at } = await serveTls(ours.issue({ until: inDays(90.5) }), url);
  const { healthy, of, code } = await examine(at.replace('127.0.0.1', host), trusting);
  expect(of).toMatchObject({
    tls: { state: 'ok', found: 'TLSv1.3, the certificate is good for 90 days' },
    reachability: { state: 'ok' },
    clock: { state: 'ok' },
    authentication: { state: 'ok', found: expect.stringContaining('signed in') },
    dialect: { state: 'ok' },
    latency: { state: 'ok' },
  });
  expect({ healthy, code }).toEqual({ healthy: true, code: 0 });
});

it('a certificate that ends soon is a warning', async () => {
  const { url, ours, trusting, examine } = await ward();
  const { url: at } = await serveTls(ours.issue({ until: inDays(5.5) }), url);
  const { of, code } = await examine(at, trusting);
  expect(of.tls).toEqual({
    state: 'warning',
    found: 'TLSv1.3, the certificate ends in 5 days',
    advice: 'Renew it.',
  });
  expect(code).toBe(0);
});

it.each([
  {
    what: 'is signed by itself',
    certificate: () => selfSigned(),
    found: /signed by itself \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
    advice: /NODE_EXTRA_CA_CERTS/,
  },
  {
    what: 'is of an authority that is not known here',
    certificate: () => authority('Another authority').issue(),
    found: /of no authority that is known here \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)$/,
    advice: /intermediate.*NODE_EXTRA_CA_CERTS/,
  },
  {
    what: 'has ended',
    certificate: (ours: Authority) => ours.issue({ until: new Date('2021-02-03T04:05:06Z') }),
    found: /ended on 2021-02-03 \(CERT_HAS_EXPIRED\)$/,
    advice: /^Renew it/,
  },
  {
    what: 'stands on one that has ended',
    certificate: (ours: Authority) =>
      ours.issueBy('In\nbetween', { until: new Date('2021-02-03T04:05:06Z') }),
    found: /^the certificate stands on that of In between, which ended on 2021-02-03 \(CERT_HAS_EXPIRED\)$/,
    advice: /clock.*have that one replaced/,
  },
  {
    what: 'is for later',
    certificate: (ours: Authority) => ours.issue({ from: new Date('2048-02-03T04:05:06Z') }),
    found: /^the certificate begins on 2048-02-03 \(CERT_NOT_YET_VALID\)$/,
    advice: /^See that this machine's clock is right\.$/,
  },
  {
    what: 'stands on one that is for later',
    certificate: (ours: Authority) => ours.issueBy('In between', { from: new Date('2048-02-03T04:05:06Z') }),
    found:
      /^the certificate stands on that of In between, which begins on 2048-02-03 \(CERT_NOT_YET_VALID\)$/,
    advice: /clock.*have that one replaced/,
  },
  {
    what: 'is for another name',
    certificate: (ours: Authority) => ours.issue({ host: 'personas.example' }),
    found: /is for DNS:personas\.example, not for 127\.0\.0\.1 \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    advice: /^Call the service by a name that the certificate has/,
  },
  {
    what: 'has but a common name, which counts for no address',
    certificate: (ours: Authority) => ours.issue({ commonName: 'personas.example' }),
    found: /is for the common name personas\.example, not for 127\.0\.0\.1 \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    advice: /^Have one issued with this address among its alternative names/,
  },
  {
    what: 'has but the common name of another',
    host: 'localhost',
    certificate: (ours: Authority) => ours.issue({ commonName: 'personas.example' }),
    found: /is for the common name personas\.example, not for localhost \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    advice: /^Call the service by a name that the certificate has/,
  },
])(
  'says what to do about a certificate that $what',
  async ({ certificate, host = '127.0.0.1', found, advice }) => {
    const { url, ours, trusting, examine } = await ward();
    const { url: at } = await serveTls(certificate(ours), url);
    const { healthy, of, code } = await examine(at.replace('127.0.0.1', host), trusting);
    expect(of.tls).toEqual({
      state: 'failed',
      found: expect.stringMatching(found),
      advice: expect.stringMatching(advice),
    });
    expect(of.reachability).toMatchObject({ state: 'failed', advice: 'See what is said of tls.' });
    expect(of.latency).toMatchObject({ state: 'skipped' });
    expect({ healthy, code }).toEqual({ healthy: false, code: 6 });
  },
);

type Authority = ReturnType<typeof authority>;

it('says which authority has ended, when it is one that is trusted here', async () => {
  const ended = authority('Our own', { until: new Date('2021-02-03T04:05:06Z') });
  const { url, ours, trusting, examine } = await ward(ended);
  const { url: at } = await serveTls(ours.issue(), url);
  const { of } = await examine(at, trusting);
  expect(of.tls).toEqual({
    state: 'failed',
    found: 'the certificate stands on that of Our own, which ended on 2021-02-03 (CERT_HAS_EXPIRED)',
    advice: expect.stringMatching(/clock.*NODE_EXTRA_CA_CERTS/),
  });
});

it('says that no TLS is spoken where https was expected', async () => {
  const { url, examine } = await ward();
  const { of, code } = await examine(url.replace('http:', 'https:'));
  expect(of.tls).toEqual({
    state: 'failed',
    found: 'no TLS is spoken there (ERR_SSL_WRONG_VERSION_NUMBER)',
    advice: expect.stringContaining('http://'),
  });
  expect(of.reachability).toMatchObject({ state: 'failed', advice: 'See what is said of tls.' });
  expect(code).toBe(6);
});

it('says that the handshake failed, when there is no cipher that both sides have', async () => {
  const { url, ours, examine } = await ward();
  const rsa = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' } as const;
  const { url: at } = await serveTls(ours.issue(), url, rsa);
  const { of, code } = await examine(at);
  expect(of.tls).toEqual({
    state: 'failed',
    found: expect.stringMatching(
      /^there is TLS, and the handshake failed \(ERR_SSL_[^ ]*HANDSHAKE_FAILURE\)$/,
    ),
    advice: expect.stringContaining('ciphers'),
  });
  expect(code).toBe(6);
});

it('says that TLS is spoken where http was expected', async () => {
  const { url, ours, examine } = await ward();
  const { url: at } = await serveTls(ours.issue(), url);
  const { of, code } = await examine(at.replace('https:', 'http:'));
  expect(of.tls).toMatchObject({ state: 'skipped' });
  expect(of.reachability).toEqual({
    state: 'failed',
    found: 'TLS is spoken there, and the URL says http',
    advice: `Give it as ${at}/.`,
  });
  expect(code).toBe(6);
});

it('says that nobody listens, with TLS and without', async () => {
  const { url, ours, examine } = await ward();
  const { url: at, close } = await serveTls(ours.issue(), url);
  close();
  const { of, code } = await examine(at);
  const nobody = {
    state: 'failed',
    found: expect.stringContaining('ECONNREFUSED'),
    advice: expect.stringContaining('See that the service runs there'),
  };
  expect(of.tls).toEqual(nobody);
  expect(code).toBe(6);
  expect((await examine(at.replace('https:', 'http:'))).of.reachability).toEqual(nobody);
});
