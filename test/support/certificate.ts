import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** Encodes a DER element: tag, length and content. */
function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const encodedLength =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...encodedLength]), content]);
}

const bytes = (...values: readonly number[]) => Uint8Array.from(values);
const text = (value: string) => Buffer.from(value, 'latin1');
const ECDSA_SHA256 = encodeDer(0x30, encodeDer(0x06, bytes(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)));
const encodeCommonName = (name: string) =>
  encodeDer(
    0x30,
    encodeDer(0x31, encodeDer(0x30, encodeDer(0x06, bytes(0x55, 0x04, 0x03)), encodeDer(0x0c, text(name)))),
  );
const encodeAltNames = (...names: readonly Uint8Array[]) =>
  encodeDer(0x30, encodeDer(0x06, bytes(0x55, 0x1d, 0x11)), encodeDer(0x04, encodeDer(0x30, ...names)));
const encodeDnsName = (name: string) => encodeDer(0x82, text(name));
/** The extension that marks a certificate authority. */
const CA_EXTENSION = encodeDer(
  0x30,
  encodeDer(0x06, bytes(0x55, 0x1d, 0x13)),
  encodeDer(0x04, encodeDer(0x30, encodeDer(0x01, bytes(0xff)))),
);

/** A private key and its certificate, both in PEM format. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

interface CertificateOptions {
  /** @default 2020-01-01T00:00:00Z */
  readonly validFrom?: Date;
  /** @default 2049-12-31T23:59:59Z */
  readonly validUntil?: Date;
  /** The only host name of the certificate. @default 127.0.0.1 and localhost */
  readonly host?: string;
  /** Common name of a certificate without alternative names. @default the subject, with alternative names */
  readonly commonName?: string;
}

interface Issuer {
  readonly name: string;
  readonly privateKey: KeyObject;
}

/** Encodes a date as UTCTime, which certificates use until 2049. */
const encodeUtcTime = (date: Date) =>
  encodeDer(0x17, text(`${date.toISOString().replace(/^..|\.\d+|[-:T]/g, '')}`));

/** Issues a certificate. Without an issuer, the certificate is self-signed. */
function certify(subject: string, options: CertificateOptions, issuer?: Issuer, isAuthority = !issuer) {
  const { validFrom, validUntil, host, commonName } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const altNames =
    host === undefined
      ? [encodeDer(0x87, bytes(127, 0, 0, 1)), encodeDnsName('localhost')]
      : [encodeDnsName(host)];
  const extensions = [
    ...(commonName === undefined ? [encodeAltNames(...altNames)] : []),
    ...(isAuthority ? [CA_EXTENSION] : []),
  ];
  const body = encodeDer(
    0x30,
    encodeDer(0xa0, encodeDer(0x02, bytes(2))),
    encodeDer(0x02, bytes(1)),
    ECDSA_SHA256,
    encodeCommonName(issuer?.name ?? subject),
    encodeDer(
      0x30,
      encodeUtcTime(validFrom ?? new Date('2020-01-01T00:00:00Z')),
      encodeUtcTime(validUntil ?? new Date('2049-12-31T23:59:59Z')),
    ),
    encodeCommonName(commonName ?? subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [encodeDer(0xa3, encodeDer(0x30, ...extensions))] : []),
  );
  const signature = encodeDer(0x03, bytes(0), sign('sha256', body, issuer?.privateKey ?? privateKey));
  const base64 = encodeDer(0x30, body, ECDSA_SHA256, signature)
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
    /** Issues a certificate through an intermediate authority, and appends the certificate of that authority. */
    issueThroughIntermediate: (name: string, intermediateOptions: CertificateOptions): Certificate => {
      const intermediate = certify(name, intermediateOptions, root, true);
      const { key, cert } = certify('a service', {}, intermediate);
      return { key, cert: cert + intermediate.cert };
    },
  };
}
