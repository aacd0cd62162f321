const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const CHUNK = 0x8000; // so many arguments a call can take everywhere

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

const IV_BYTES = 12;
const MEMORY = 5_000;

/** What makes keys and values unreadable, and values unforgeable, for whoever has the store but not the secret. */
export interface StoreCrypto {
  /** HMAC-SHA-256: the same for the same text, and telling nothing of it. */
  name(text: string): Promise<string>;
  /** AES-256-GCM, bound to the name under which it is to be stored. */
  close(name: string, text: string): Promise<string>;
  /** Nothing where it was sealed with another secret, or for another name, or is no seal at all. */
  open(name: string, sealed: unknown): Promise<string | undefined>;
}

/** @param scope what the names and values belong to: the same text means something else elsewhere. */
export async function createSeal(secret: string, scope: string): Promise<StoreCrypto> {
  const { subtle } = crypto;
  const hmac = await subtle.importKey('raw', utf8(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const sign = (text: string) => subtle.sign('HMAC', hmac, utf8(text));
  const aes = await subtle.importKey('raw', await sign('values'), 'AES-GCM', false, ['encrypt', 'decrypt']);
  const how = (name: string, iv: BufferSource) => ({ name: 'AES-GCM', iv, additionalData: utf8(name) });
  const names = new Map<string, Promise<string>>();

  return {
    name: (text) => {
      const known = names.get(text);
      if (known) return known;
      if (names.size >= MEMORY) names.clear();
      const name = sign(`names\n${scope}\n${text}`).then((bytes) => base64(new Uint8Array(bytes)));
      names.set(text, name);
      return name;
    },
    close: async (name, text) => {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealed = new Uint8Array(await subtle.encrypt(how(name, iv), aes, utf8(text)));
      const bytes = new Uint8Array(IV_BYTES + sealed.length);
      bytes.set(iv);
      bytes.set(sealed, IV_BYTES);
      return base64(bytes);
    },
    open: async (name, sealed) => {
      if (typeof sealed !== 'string') return undefined;
      try {
        const bytes = bytesOf(sealed);
        const iv = bytes.subarray(0, IV_BYTES);
        return new TextDecoder().decode(await subtle.decrypt(how(name, iv), aes, bytes.subarray(IV_BYTES)));
      } catch {
        return undefined;
      }
    },
  };
}
