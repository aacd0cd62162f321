import { generateKeyPairSync, sign } from 'node:crypto';

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
const NAME = der(
  0x30,
  der(0x31, der(0x30, der(0x06, bytes(0x55, 0x04, 0x03)), der(0x0c, text('127.0.0.1')))),
);
const ALT_NAME = der(
  0x30,
  der(0x06, bytes(0x55, 0x1d, 0x11)),
  der(0x04, der(0x30, der(0x87, bytes(127, 0, 0, 1)), der(0x82, text('localhost')))),
);
const AUTHORITY = der(0x30, der(0x06, bytes(0x55, 0x1d, 0x13)), der(0x04, der(0x30, der(0x01, bytes(0xff)))));

/** A key and a certificate for this machine, signed by itself, good for these years. */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = der(
    0x30,
    der(0xa0, der(0x02, bytes(2))),
    der(0x02, bytes(1)),
    ECDSA_SHA256,
    NAME,
    der(0x30, der(0x17, text('200101000000Z')), der(0x17, text('491231235959Z'))),
    NAME,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ALT_NAME, AUTHORITY)),
  );
  const signature = der(0x03, bytes(0), sign('sha256', body, privateKey));
  const base64 = der(0x30, body, ECDSA_SHA256, signature).toString('base64').replace(/.{64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  };
}
