import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** DER: a tag, the length, the content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const bytes = (...values: readonly number[]) => Uint8Array.from(values);
const text = (value: string) => Buffer.from(value, 'latin1');
const ECDSA_SHA256 = der(0x30, der(0x06, bytes(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)));
const commonName = (name: string) =>
  der(0x30, der(0x31, der(0x30, der(0x06, bytes(0x55, 0x04, 0x03)), der(0x0c, text(name)))));
const altNames = (...names: readonly Uint8Array[]) =>
  der(0x30, der(0x06, bytes(0x55, 0x1d, 0x11)), der(0x04, der(0x30, ...names)));
const dns = (name: string) => der(0x82, text(name));
const AUTHORITY = der(0x30, der(0x06, bytes(0x55, 0x1d, 0x13)), der(0x04, der(0x30, der(0x01, bytes(0xff)))));

/** Both in PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

interface Wanted {
  readonly from?: Date;
  readonly until?: Date;
  /** In place of this machine's. */
  readonly host?: string;
  /** For this name alone, and without alternative names. */
  readonly commonName?: string;
}

interface Issuer {
  readonly name: string;
  readonly privateKey: KeyObject;
}

/** As certificates write it until 2049. */
const time = (date: Date) => der(0x17, text(`${date.toISOString().replace(/^..|\.\d+|[-:T]/g, '')}`));

function certify(subject: string, wanted: Wanted, issuer?: Issuer, isAuthority = !issuer) {
  const { from, until, host, commonName: only } = wanted;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const names = host === undefined ? [der(0x87, bytes(127, 0, 0, 1)), dns('localhost')] : [dns(host)];
  const extensions = [
    ...(only === undefined ? [altNames(...names)] : []),
    ...(isAuthority ? [AUTHORITY] : []),
  ];
  const body = der(
    0x30,
    der(0xa0, der(0x02, bytes(2))),
    der(0x02, bytes(1)),
    ECDSA_SHA256,
    commonName(issuer?.name ?? subject),
    der(
      0x30,
      time(from ?? new Date('2020-01-01T00:00:00Z')),
      time(until ?? new Date('2049-12-31T23:59:59Z')),
    ),
    commonName(only ?? subject),
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

/** A key and a certificate for this machine, signed by itself, good for these years. */
export const selfSigned = (): Certificate => certify('127.0.0.1', {});

/** An authority for whoever trusts its certificate. */
export function authority(name = 'Authority of a test', wanted: Wanted = {}) {
  const own = certify(name, wanted);
  return {
    cert: own.cert,
    issue: (wanted: Wanted = {}): Certificate => certify('a service', wanted, own),
    /** By way of an authority in between, whose certificate comes along. */
    issueBy: (name: string, between: Wanted): Certificate => {
      const middle = certify(name, between, own, true);
      const { key, cert } = certify('a service', {}, middle);
      return { key, cert: cert + middle.cert };
    },
  };
}
