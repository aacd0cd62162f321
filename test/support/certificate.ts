import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** Encodes a DER element: tag, length and content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const encodedLength =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...encodedLength]), content]);
}

const bytes = (...values: readonly number[]) => Uint8Array.from(values);
const text = (value: string) => Buffer.from(value, 'latin1');
const ECDSA_SHA256 = der(0x30, der(0x06, bytes(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)));
const commonName = (name: string) =>
  der(0x30, der(0x31, der(0x30, der(0x06, bytes(0x55, 0x04, 0x03)), der(0x0c, text(name)))));
const altNames = (...names: readonly Uint8Array[]) =>
  der(0x30, der(0x06, bytes(0x55, 0x1d, 0x11)), der(0x04, der(0x30, ...names)));
const dns = (name: string) => der(0x82, text(name));
/** The extension that marks a certificate authority. */
const CA_EXTENSION = der(
  0x30,
  der(0x06, bytes(0x55, 0x1d, 0x13)),
  der(0x04, der(0x30, der(0x01, bytes(0xff)))),
);

/** A private key and its certificate, both in PEM format. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

interface CertificateOptions {
  readonly validFrom?: Date;
  readonly validUntil?: Date;
  /** Host name. @default 127.0.0.1 and localhost */
  readonly host?: string;
  /** Uses this common name, and no alternative names. */
  readonly commonName?: string;
}

interface Issuer {
  readonly name: string;
  readonly privateKey: KeyObject;
}

/** UTCTime, which certificates use for dates until 2049. */
const utcTime = (date: Date) => der(0x17, text(`${date.toISOString().replace(/^..|\.\d+|[-:T]/g, '')}`));

/** Issues a certificate, self-signed without an issuer. */
function certify(subject: string, options: CertificateOptions, issuer?: Issuer, isAuthority = !issuer) {
  const { validFrom, validUntil, host, commonName: onlyName } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const names = host === undefined ? [der(0x87, bytes(127, 0, 0, 1)), dns('localhost')] : [dns(host)];
  const extensions = [
    ...(onlyName === undefined ? [altNames(...names)] : []),
    ...(isAuthority ? [CA_EXTENSION] : []),
  ];
  const body = der(
    0x30,
    der(0xa0, der(0x02, bytes(2))),
    der(0x02, bytes(1)),
    ECDSA_SHA256,
    commonName(issuer?.name ?? subject),
    der(
      0x30,
      utcTime(validFrom ?? new Date('2020-01-01T00:00:00Z')),
      utcTime(validUntil ?? new Date('2049-12-31T23:59:59Z')),
    ),
    commonName(onlyName ?? subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [der(0xa3, der(0x30, ...extensions))] : []),
  );
  const signature = der(0x03, bytes(0), sign('sha256', body, issuer?.privateKey ?? privateKey));
  const base64 = der(0x30, body, ECDSA_SHA256, signature)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    name: subject,
    privateKey,
  };
}

/** Creates a self-signed certificate for 127.0.0.1 and localhost. */
export const createSelfSignedCertificate = (): Certificate => certify('127.0.0.1', {});

/** Creates a certificate authority. */
export function createAuthority(name = 'Test authority', options: CertificateOptions = {}) {
  const root = certify(name, options);
  return {
    cert: root.cert,
    issue: (options: CertificateOptions = {}): Certificate => certify('a service', options, root),
    /** Issues through an intermediate authority and appends its certificate. */
    issueBy: (name: string, intermediateOptions: CertificateOptions): Certificate => {
      const intermediate = certify(name, intermediateOptions, root, true);
      const { key, cert } = certify('a service', {}, intermediate);
      return { key, cert: cert + intermediate.cert };
    },
  };
}
