import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createAuthority, createSelfSignedCertificate } from '../support/certificate.js';
import { type DoctorCheck, setupCli } from '../support/cli.js';
import { serveTls } from '../support/servers.js';

const PASSWORD = 'canary-password-61c0';
const DAY_MS = 86_400_000;

const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);

/** Starts a service with authentication, and returns a function that runs the doctor against a URL. */
async function setupDoctor(ca = createAuthority()) {
  const { run, url, file } = await setupCli({ auth: { users: { admin: PASSWORD } }, seed: 1 });
  await writeFile(file('ca.pem'), ca.cert);
  const trustCa = { NODE_EXTRA_CA_CERTS: file('ca.pem') };
  const runDoctor = async (targetUrl: string, extraEnv: NodeJS.ProcessEnv = {}) => {
    const env = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: PASSWORD, ...extraEnv };
    const [json, text] = await Promise.all([
      run(['doctor', '--url', targetUrl, '--json'], { env }),
      run(['doctor', '--url', targetUrl], { env }),
    ]);
    for (const { stdout, stderr, code } of [json, text]) {
      expect(stderr).toBe('');
      expect(stdout).not.toContain(PASSWORD);
      expect(code).toBe(json.code);
    }
    const { healthy, checks } = JSON.parse(json.stdout) as { healthy: boolean; checks: DoctorCheck[] };
    for (const { message, advice = '' } of checks) expect(`${message}${advice}`).not.toContain('\n');
    const lines = checks.flatMap(({ name, status, message, advice }) => [
      `${MARKS[status]} ${name.padEnd(15)} ${message}`,
      ...(advice === undefined ? [] : [`${' '.repeat(18)}${advice}`]),
    ]);
    expect(maskTimes(text.stdout).split('\n').slice(0, lines.length)).toEqual(lines.map(maskTimes));
    const checksByName = Object.fromEntries(checks.map(({ name, ...result }) => [name, result]));
    return { healthy, checks: checksByName, code: json.code };
  };
  return { url, ca, trustCa, runDoctor };
}

const MARKS = { ok: '✓', warning: '!', failed: '✗', skipped: '-' };

/** Replaces durations and times, which differ between two runs. */
const maskTimes = (text: string) =>
  text.replace(/\d+(?= m?s\b)/g, 'N').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');

it.each(['127.0.0.1', 'localhost'])('accepts a trusted certificate, at %s', async (host) => {
  const { url, ca, trustCa, runDoctor } = await setupDoctor();
  const { url: tlsUrl } = await serveTls(ca.issue({ validUntil: inDays(90.5) }), url);
  const { healthy, checks, code } = await runDoctor(tlsUrl.replace('127.0.0.1', host), trustCa);
  expect(checks).toMatchObject({
    tls: { status: 'ok', message: 'TLSv1.3, the certificate is valid for 90 days' },
    reachability: { status: 'ok' },
    clock: { status: 'ok' },
    authentication: { status: 'ok', message: expect.stringContaining('logged in') },
    dialect: { status: 'ok' },
    latency: { status: 'ok' },
  });
  expect({ healthy, code }).toEqual({ healthy: true, code: 0 });
});

it('warns about a certificate that expires soon', async () => {
  const { url, ca, trustCa, runDoctor } = await setupDoctor();
  const { url: tlsUrl } = await serveTls(ca.issue({ validUntil: inDays(5.5) }), url);
  const { checks, code } = await runDoctor(tlsUrl, trustCa);
  expect(checks.tls).toEqual({
    status: 'warning',
    message: 'TLSv1.3, the certificate expires in 5 days',
    advice: 'Renew the certificate.',
  });
  expect(code).toBe(0);
});

it.each([
  {
    problem: 'is self-signed',
    certificate: () => createSelfSignedCertificate(),
    message: /is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
    advice: /NODE_EXTRA_CA_CERTS/,
  },
  {
    problem: 'has an unknown issuer',
    certificate: () => createAuthority('Another authority').issue(),
    message: /has an issuer that this machine does not know \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)$/,
    advice: /intermediate.*NODE_EXTRA_CA_CERTS/,
  },
  {
    problem: 'has expired',
    certificate: (ca: Authority) => ca.issue({ validUntil: new Date('2021-02-03T04:05:06Z') }),
    message: /expired on 2021-02-03 \(CERT_HAS_EXPIRED\)$/,
    advice: /^Renew the certificate/,
  },
  {
    problem: 'has an expired issuer',
    certificate: (ca: Authority) =>
      ca.issueThroughIntermediate('In\nbetween', { validUntil: new Date('2021-02-03T04:05:06Z') }),
    message:
      /^the certificate depends on the certificate of In between, which expired on 2021-02-03 \(CERT_HAS_EXPIRED\)$/,
    advice: /clock.*replace that certificate/,
  },
  {
    problem: 'is not valid yet',
    certificate: (ca: Authority) => ca.issue({ validFrom: new Date('2048-02-03T04:05:06Z') }),
    message: /^the certificate is not valid before 2048-02-03 \(CERT_NOT_YET_VALID\)$/,
    advice: /^Check the clock of this machine\.$/,
  },
  {
    problem: 'has an issuer that is not valid yet',
    certificate: (ca: Authority) =>
      ca.issueThroughIntermediate('In between', { validFrom: new Date('2048-02-03T04:05:06Z') }),
    message:
      /^the certificate depends on the certificate of In between, which is not valid before 2048-02-03 \(CERT_NOT_YET_VALID\)$/,
    advice: /clock.*replace that certificate/,
  },
  {
    problem: 'is for another name',
    certificate: (ca: Authority) => ca.issue({ host: 'personas.example' }),
    message: /is for DNS:personas\.example, not for 127\.0\.0\.1 \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    advice: /^Call the service by a name in the certificate/,
  },
  {
    problem: 'has only a common name, which does not count for an address',
    certificate: (ca: Authority) => ca.issue({ commonName: 'personas.example' }),
    message:
      /is for the common name personas\.example, not for 127\.0\.0\.1 \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    advice: /^Issue a certificate with this address as an alternative name/,
  },
  {
    problem: 'has only the common name of another host',
    host: 'localhost',
    certificate: (ca: Authority) => ca.issue({ commonName: 'personas.example' }),
    message: /is for the common name personas\.example, not for localhost \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    advice: /^Call the service by a name in the certificate/,
  },
])(
  'gives advice about a certificate that $problem',
  async ({ certificate, host = '127.0.0.1', message, advice }) => {
    const { url, ca, trustCa, runDoctor } = await setupDoctor();
    const { url: tlsUrl } = await serveTls(certificate(ca), url);
    const { healthy, checks, code } = await runDoctor(tlsUrl.replace('127.0.0.1', host), trustCa);
    expect(checks.tls).toEqual({
      status: 'failed',
      message: expect.stringMatching(message),
      advice: expect.stringMatching(advice),
    });
    expect(checks.reachability).toMatchObject({ status: 'failed', advice: 'See the tls check.' });
    expect(checks.latency).toMatchObject({ status: 'skipped' });
    expect({ healthy, code }).toEqual({ healthy: false, code: 6 });
  },
);

type Authority = ReturnType<typeof createAuthority>;

it('names a trusted certificate authority that has expired', async () => {
  const expiredCa = createAuthority('Our own', { validUntil: new Date('2021-02-03T04:05:06Z') });
  const { url, ca, trustCa, runDoctor } = await setupDoctor(expiredCa);
  const { url: tlsUrl } = await serveTls(ca.issue(), url);
  const { checks } = await runDoctor(tlsUrl, trustCa);
  expect(checks.tls).toEqual({
    status: 'failed',
    message:
      'the certificate depends on the certificate of Our own, which expired on 2021-02-03 (CERT_HAS_EXPIRED)',
    advice: expect.stringMatching(/clock.*NODE_EXTRA_CA_CERTS/),
  });
});

it('reports an https URL of a server without TLS', async () => {
  const { url, runDoctor } = await setupDoctor();
  const { checks, code } = await runDoctor(url.replace('http:', 'https:'));
  expect(checks.tls).toEqual({
    status: 'failed',
    message: 'the server does not use TLS on this port (ERR_SSL_WRONG_VERSION_NUMBER)',
    advice: expect.stringContaining('http://'),
  });
  expect(checks.reachability).toMatchObject({ status: 'failed', advice: 'See the tls check.' });
  expect(code).toBe(6);
});

it('reports a failed handshake if client and server share no cipher', async () => {
  const { url, ca, runDoctor } = await setupDoctor();
  const rsaOnly = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' } as const;
  const { url: tlsUrl } = await serveTls(ca.issue(), url, rsaOnly);
  const { checks, code } = await runDoctor(tlsUrl);
  expect(checks.tls).toEqual({
    status: 'failed',
    message: expect.stringMatching(/^the TLS handshake failed \(ERR_SSL_[^ ]*HANDSHAKE_FAILURE\)$/),
    advice: expect.stringContaining('cipher'),
  });
  expect(code).toBe(6);
});

it('reports an http URL of a server with TLS', async () => {
  const { url, ca, runDoctor } = await setupDoctor();
  const { url: tlsUrl } = await serveTls(ca.issue(), url);
  const { checks, code } = await runDoctor(tlsUrl.replace('https:', 'http:'));
  expect(checks.tls).toMatchObject({ status: 'skipped' });
  expect(checks.reachability).toEqual({
    status: 'failed',
    message: 'the server expects TLS, but the URL says http',
    advice: `Use ${tlsUrl}/.`,
  });
  expect(code).toBe(6);
});

it('reports a refused connection, with TLS and without', async () => {
  const { url, ca, runDoctor } = await setupDoctor();
  const { url: tlsUrl, close } = await serveTls(ca.issue(), url);
  close();
  const { checks, code } = await runDoctor(tlsUrl);
  const refused = {
    status: 'failed',
    message: expect.stringContaining('ECONNREFUSED'),
    advice: expect.stringContaining('Check that the service is running'),
  };
  expect(checks.tls).toEqual(refused);
  expect(code).toBe(6);
  expect((await runDoctor(tlsUrl.replace('https:', 'http:'))).checks.reachability).toEqual(refused);
});
