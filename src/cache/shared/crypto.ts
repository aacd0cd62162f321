const encodeUtf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const CHUNK_BYTES = 0x8000; // every engine accepts this many arguments

function encodeBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES)
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES));
  return btoa(binary);
}

/** Decodes in a loop, because `Uint8Array.from` takes 30 times as long. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

const IV_BYTES = 12;
const MAX_CACHED_HMACS = 5_000;

/** Hashes names and encrypts values, so that the store alone reveals nothing and forged values are rejected. */
export interface StoreCrypto {
  /** HMAC-SHA-256 of a name, in base64. */
  hmac(name: string): Promise<string>;
  /** Encrypts with AES-256-GCM, in base64. The result is valid only under this store key. */
  encrypt(storeKey: string, text: string): Promise<string>;
  /** Returns undefined if the value is malformed, or was encrypted with another secret or for another store key. */
  decrypt(storeKey: string, encrypted: string): Promise<string | undefined>;
}

/**
 * Creates the HMAC and the encryption from a secret.
 *
 * @param scope is part of every HMAC, so that two scopes never share a store key.
 */
export async function createStoreCrypto(secret: string, scope: string): Promise<StoreCrypto> {
  const { subtle } = crypto;
  const hmacKey = await subtle.importKey(
    'raw',
    encodeUtf8(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const sign = (text: string) => subtle.sign('HMAC', hmacKey, encodeUtf8(text));
  const aesKey = await subtle.importKey('raw', await sign('values'), 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ]);
  const aesParams = (storeKey: string, iv: BufferSource) => ({
    name: 'AES-GCM',
    iv,
    additionalData: encodeUtf8(storeKey),
  });
  const hmacs = new Map<string, string>();

  return {
    hmac: async (name) => {
      const cachedHmac = hmacs.get(name);
      if (cachedHmac) return cachedHmac;
      const hmac = encodeBase64(new Uint8Array(await sign(`names\n${scope}\n${name}`)));
      if (hmacs.size >= MAX_CACHED_HMACS) hmacs.clear();
      hmacs.set(name, hmac);
      return hmac;
    },
    encrypt: async (storeKey, text) => {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const encrypted = new Uint8Array(
        await subtle.encrypt(aesParams(storeKey, iv), aesKey, encodeUtf8(text)),
      );
      const bytes = new Uint8Array(IV_BYTES + encrypted.length);
      bytes.set(iv);
      bytes.set(encrypted, IV_BYTES);
      return encodeBase64(bytes);
    },
    decrypt: async (storeKey, encrypted) => {
      try {
        const bytes = decodeBase64(encrypted);
        const iv = bytes.subarray(0, IV_BYTES);
        const text = await subtle.decrypt(aesParams(storeKey, iv), aesKey, bytes.subarray(IV_BYTES));
        return new TextDecoder().decode(text);
      } catch {
        return undefined;
      }
    },
  };
}
