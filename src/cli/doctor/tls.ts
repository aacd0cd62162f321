import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { describeCertificateProblem } from './certificate-problems.js';
import type { Check, Diagnosis } from './types.js';

const EXPIRES_SOON_DAYS = 21;
const DAY_MS = 86_400_000;
const PROBE_TIMEOUT_MS = 2_000;

/** Checks the TLS handshake and the certificate. */
export const checkTls: Check = async ({ url, signal }) => {
  if (url.protocol !== 'https:') return { status: 'skipped', message: 'the URL does not use https' };
  const handshake = await performHandshake(url, signal).catch((error: Error) => {
    const diagnosis = describeHandshakeError(error);
    if (diagnosis === undefined) throw error;
    return diagnosis;
  });
  if ('advice' in handshake) return { status: 'failed', ...handshake };
  const { verifyError, protocol, certificate } = handshake;
  if (verifyError !== undefined)
    return { status: 'failed', ...describeCertificateProblem(verifyError, certificate, getHostName(url)) };
  const days = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / DAY_MS);
  return days < EXPIRES_SOON_DAYS
    ? {
        status: 'warning',
        message: `${protocol}, the certificate expires in ${days} days`,
        advice: 'Renew the certificate.',
      }
    : { status: 'ok', message: `${protocol}, the certificate is valid for ${days} days` };
};

/** Returns whether the server completes a TLS handshake, with any certificate. */
export const supportsTls = (url: URL, signal: AbortSignal): Promise<boolean> =>
  performHandshake(url, AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)])).then(
    () => true,
    () => false,
  );

const NO_TLS: Diagnosis = {
  message: 'the server does not use TLS on this port',
  advice: 'Use the TLS port of the service, or http:// if the service has no TLS.',
};
const HANDSHAKE_FAILED: Diagnosis = {
  message: 'the TLS handshake failed',
  advice: 'Check that the service offers TLS 1.2 or 1.3, and a cipher that this machine supports.',
};

/** Describes an OpenSSL error, because messages of OpenSSL are hard to read. Returns `undefined` for other errors. */
function describeHandshakeError({ code = '' }: NodeJS.ErrnoException): Diagnosis | undefined {
  if (!code.startsWith('ERR_SSL_')) return undefined;
  const isPlaintext = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code);
  const { message, advice } = isPlaintext ? NO_TLS : HANDSHAKE_FAILED;
  return { message: `${message} (${code})`, advice };
}

/** Returns the host without the brackets of an IPv6 address. */
export const getHostName = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

interface Handshake {
  /** Why the certificate is not trusted, as an OpenSSL or Node error code. */
  readonly verifyError: string | undefined;
  readonly protocol: string;
  readonly certificate: DetailedPeerCertificate;
}

/** Performs a handshake and accepts any certificate. */
function performHandshake(url: URL, signal: AbortSignal): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const host = getHostName(url);
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    const serverName = isIP(host) ? {} : { servername: host };
    const socket = connect({ host, port, ...serverName, rejectUnauthorized: false }, () => {
      resolve({
        verifyError: socket.authorized ? undefined : String(socket.authorizationError),
        protocol: socket.getProtocol() ?? 'TLS',
        certificate: socket.getPeerCertificate(true),
      });
      socket.end();
    });
    socket.once('error', reject);
    signal.addEventListener('abort', () => socket.destroy(new Error('the TLS handshake timed out')), {
      once: true,
    });
  });
}
