import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate, type PeerCertificate } from 'node:tls';
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

const REPLACE_IT =
  'Else have that one replaced: the service sends those in between, NODE_EXTRA_CA_CERTS has an authority of your own.';
const TRUST_IT = 'With a certificate authority of your own, set NODE_EXTRA_CA_CERTS to its file.';

type Refusal = (certificate: DetailedPeerCertificate, host: string) => Words;

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
  CERT_HAS_EXPIRED: untimely({
    isSo: ({ valid_to }) => Date.parse(valid_to) <= Date.now(),
    told: ({ valid_to }) => `ended on ${dayOf(valid_to)}`,
    unseen: 'has ended',
    advice: "Renew it, or see that this machine's clock is right.",
  }),
  CERT_NOT_YET_VALID: untimely({
    isSo: ({ valid_from }) => Date.parse(valid_from) > Date.now(),
    told: ({ valid_from }) => `begins on ${dayOf(valid_from)}`,
    unseen: 'has not begun',
    advice: "See that this machine's clock is right.",
  }),
  ERR_TLS_CERT_ALTNAME_INVALID: ({ subjectaltname, subject }, host) => ({
    found: `is for ${subjectaltname?.slice(0, 200) ?? (subject.CN ? `the common name ${oneLine(subject.CN)}` : 'no name')}, not for ${host}`,
    advice:
      isIP(host) && subjectaltname === undefined
        ? 'Have one issued with this address among its alternative names, where alone an address counts; or call the service by its name.'
        : 'Call the service by a name that the certificate has, or have one issued for this name.',
  }),
};

interface Untimely {
  readonly isSo: (certificate: PeerCertificate) => boolean;
  readonly told: (certificate: PeerCertificate) => string;
  /** Of one that was not shown. */
  readonly unseen: string;
  readonly advice: string;
}

/** OpenSSL says the same of a certificate and of any that it stands on. */
function untimely({ isSo, told, unseen, advice }: Untimely): Refusal {
  return (certificate) => {
    const wrong = chainOf(certificate).find(isSo);
    if (wrong === certificate) return { found: told(wrong), advice };
    return {
      found: `stands on ${wrong ? `that of ${nameOf(wrong)}, which ${told(wrong)}` : `another, which ${unseen}`}`,
      advice: `See that this machine's clock is right. ${REPLACE_IT}`,
    };
  };
}

/** A certificate and those that it stands on, as far as they were shown. */
function chainOf(certificate: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
  const chain = new Map<string, DetailedPeerCertificate>(); // one that is signed by itself is its own issuer
  let next: DetailedPeerCertificate | undefined = certificate;
  while (next && !chain.has(next.fingerprint256)) {
    chain.set(next.fingerprint256, next);
    next = next.issuerCertificate;
  }
  return [...chain.values()];
}

const nameOf = ({ subject }: PeerCertificate): string =>
  oneLine(subject.CN ?? subject.O ?? 'an authority without a name');

/** Whoever made the certificate chose these. */
const oneLine = (names: string | readonly string[]): string =>
  [names].flat().join(', ').replace(/\s+/g, ' ').slice(0, 200);

const dayOf = (date: string): string => new Date(date).toISOString().slice(0, 10);

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

interface Shown {
  /** Why it is not trusted. */
  readonly reason: string | undefined;
  readonly protocol: string;
  readonly certificate: DetailedPeerCertificate;
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
        certificate: socket.getPeerCertificate(true),
      });
      socket.end();
    });
    socket.once('error', reject);
    signal.addEventListener('abort', () => socket.destroy(new Error('it took too long')), { once: true });
  });
}
