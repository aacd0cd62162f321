/** Returns the SHA-256 hash (FIPS 180-4) in hex. `crypto.subtle` is asynchronous, and absent on insecure pages. */
export function sha256(text: string): string {
  const bytes = encodeUtf8(text);
  // padding: 0x80 and an 8-byte length, up to a multiple of 64 bytes
  const message = new DataView(new ArrayBuffer((bytes.length + 72) & -64));
  new Uint8Array(message.buffer).set(bytes);
  message.setUint8(bytes.length, 0x80);
  message.setUint32(message.byteLength - 4, bytes.length * 8);

  const words = new Int32Array(64);
  const word = (index: number) => words[index] ?? 0;
  let hash = INITIAL_HASH;
  for (let block = 0; block < message.byteLength; block += 64) {
    let [a, b, c, d, e, f, g, h] = hash;
    for (let round = 0; round < 64; round++) {
      const w15 = word(round - 15);
      const w2 = word(round - 2);
      words[round] =
        round < 16
          ? message.getInt32(block + round * 4)
          : word(round - 16) +
            (rotateRight(w15, 7) ^ rotateRight(w15, 18) ^ (w15 >>> 3)) +
            word(round - 7) +
            (rotateRight(w2, 17) ^ rotateRight(w2, 19) ^ (w2 >>> 10));
      const temp1 =
        h +
        (rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25)) +
        ((e & f) ^ (~e & g)) +
        (ROUND_CONSTANTS[round] ?? 0) +
        word(round);
      const temp2 =
        (rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = (d + temp1) | 0;
      d = c;
      c = b;
      b = a;
      a = (temp1 + temp2) | 0;
    }
    const working = [a, b, c, d, e, f, g, h];
    hash = hash.map((value, index) => (value + (working[index] ?? 0)) | 0) as unknown as HashState;
  }
  return hash.map((value) => (value >>> 0).toString(16).padStart(8, '0')).join('');
}

type HashState = readonly [number, number, number, number, number, number, number, number];

const rotateRight = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));

/** The first 32 fractional bits of a root. Engines may round a root differently, but only in later bits. */
const fractionBits = (root: number): number => ((root % 1) * 2 ** 32) | 0;

const PRIMES: number[] = [];
for (let number = 2; PRIMES.length < 64; number++)
  if (PRIMES.every((prime) => number % prime > 0)) PRIMES.push(number);
const INITIAL_HASH = PRIMES.slice(0, 8).map((prime) =>
  fractionBits(Math.sqrt(prime)),
) as unknown as HashState;
const ROUND_CONSTANTS = PRIMES.map((prime) => fractionBits(Math.cbrt(prime)));

/** Encodes text as UTF-8, without TextEncoder, because every client needs a hash and jsdom has no TextEncoder. */
const encodeUtf8 = (text: string): number[] =>
  Array.from(
    encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).matchAll(/%(..)|./g),
    ([character, hex]) => (hex ? Number.parseInt(hex, 16) : character.charCodeAt(0)),
  );
