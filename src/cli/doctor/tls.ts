import { isIP } from 'node:net';
import { connect, type PeerCertificate } from 'node:tls';
import type { Check, Finding } from './types.js';

const EXPIRES_SOON_DAYS = 21;
const DAY_MS = 86_400_000;
const PROBE_TAKES_MS = 2_000;

export const tls: Check = async ({ url, signal }) => {
  if (url.protocol !== 'https:') return { state: 'skipped', found: 'not https' };
  const shown = await handshake(url, signal).catch((error: Error) => {
    const words = withoutHandshake(error);
    if (words === undefined) throw error;
    return words;
  });
  if ('advice' in shown) return { state: 'failed', ...shown };
  const { reason, protocol, certificate } = shown;
  if (reason !== undefined) {
    const { found, advice } = (REFUSED[reason] ?? UNKNOWN)(certificate, hostOf(url));
    return { state: 'failed', found: `the certificate ${found} (${reason})`, advice };
  }
  const days = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / DAY_MS);
  return days < EXPIRES_SOON_DAYS
    ? { state: 'warning', found: `${protocol}, the certificate ends in ${days} days`, advice: 'Renew it.' }
    : { state: 'ok', found: `${protocol}, the certificate is good for ${days} days` };
};

/** Whether a handshake ends well there, trusted or not. */
export const speaksTls = (url: URL, signal: AbortSignal): Promise<boolean> =>
  handshake(url, AbortSignal.any([signal, AbortSignal.timeout(PROBE_TAKES_MS)])).then(
    () => true,
    () => false,
  );

type Words = Required<Pick<Finding, 'found' | 'advice'>>;

const NO_TLS: Words = {
  found: 'no TLS is spoken there',
  advice: 'Give the port that has TLS; or http://, if the service has none.',
};
const NO_HANDSHAKE: Words = {
  found: 'there is TLS, and the handshake failed',
  advice: 'See that the service offers TLS 1.2 or 1.3, and with what ciphers.',
};

/** For what OpenSSL tells in no words but its own. */
function withoutHandshake({ code = '' }: NodeJS.ErrnoException): Words | undefined {
  if (!code.startsWith('ERR_SSL_')) return undefined;
  const isTls = !/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code);
  const { found, advice } = isTls ? NO_HANDSHAKE : NO_TLS;
  return { found: `${found} (${code})`, advice };
}

const TRUST_IT = 'With a certificate authority of your own, set NODE_EXTRA_CA_CERTS to its file.';

type Refusal = (certificate: PeerCertificate, host: string) => Words;

const UNKNOWN: Refusal = () => ({ found: 'is not trusted', advice: TRUST_IT });
const NO_AUTHORITY: Refusal = () => ({
  found: 'is of no authority that is known here',
  advice: `Have the service send the intermediate certificates, too. ${TRUST_IT}`,
});

/** What is wrong with a certificate, by OpenSSL's and Node's codes. */
const REFUSED: Readonly<Record<string, Refusal>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: () => ({
    found: 'is signed by itself',
    advice: 'If it is yours, set NODE_EXTRA_CA_CERTS to its file; else see who answers there.',
  }),
  SELF_SIGNED_CERT_IN_CHAIN: () => ({
    found: 'is of an authority that is not trusted here',
    advice: TRUST_IT,
  }),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NO_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: NO_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NO_AUTHORITY,
  CERT_HAS_EXPIRED: ({ valid_to }) => ({
    found: `ended on ${dayOf(valid_to)}`,
    advice: "Renew it, or see that this machine's clock is right.",
  }),
  CERT_NOT_YET_VALID: ({ valid_from }) => ({
    found: `begins on ${dayOf(valid_from)}`,
    advice: "See that this machine's clock is right.",
  }),
  ERR_TLS_CERT_ALTNAME_INVALID: ({ subjectaltname = 'no name' }, host) => ({
    found: `is for ${subjectaltname.slice(0, 200)}, not for ${host}`,
    advice: 'Call the service by a name that the certificate has, or have one issued for this name.',
  }),
};

const dayOf = (date: string): string => new Date(date).toISOString().slice(0, 10);

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

interface Shown {
  /** Why it is not trusted. */
  readonly reason: string | undefined;
  readonly protocol: string;
  readonly certificate: PeerCertificate;
}

/** What the other side shows, trusted or not. */
function handshake(url: URL, signal: AbortSignal): Promise<Shown> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const host = hostOf(url);
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    const named = isIP(host) ? {} : { servername: host };
    const socket = connect({ host, port, ...named, rejectUnauthorized: false }, () => {
      resolve({
        reason: socket.authorized ? undefined : String(socket.authorizationError),
        protocol: socket.getProtocol() ?? 'TLS',
        certificate: socket.getPeerCertificate(),
      });
      socket.end();
    });
    socket.once('error', reject);
    signal.addEventListener('abort', () => socket.destroy(new Error('it took too long')), { once: true });
  });
}
