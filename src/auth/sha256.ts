/** Returns the SHA-256 hash (FIPS 180-4) in hex. `crypto.subtle` is asynchronous, and absent on insecure pages. */
export function sha256(text: string): string {
  const bytes = encodeUtf8(text);
  // padding: 0x80 and an 8-byte length, up to a multiple of 64 bytes
  const message = new DataView(new ArrayBuffer((bytes.length + 72) & -64));
  new Uint8Array(message.buffer).set(bytes);
  message.setUint8(bytes.length, 0x80);
  message.setUint32(message.byteLength - 4, bytes.length * 8);

  let hash: HashState = INITIAL_HASH;
  for (let block = 0; block < message.byteLength; block += 64) hash = addBlock(hash, message, block);
  return hash.map((value) => (value >>> 0).toString(16).padStart(8, '0')).join('');
}

type HashState = readonly [number, number, number, number, number, number, number, number];

/**
 * Returns the hash after one more block of 64 bytes. Makes few calls per round, because the first hash of a program runs before the
 * engine has optimized the function.
 */
function addBlock(hash: HashState, message: DataView, block: number): HashState {
  const words = new Int32Array(64);
  let [a, b, c, d, e, f, g, h] = hash;
  for (let round = 0; round < 64; round++) {
    words[round] = round < 16 ? message.getInt32(block + round * 4) : nextWord(words, round);
    const temp1 =
      h +
      rotations(e, 6, 11, 25) +
      ((e & f) ^ (~e & g)) +
      (ROUND_CONSTANTS[round] ?? 0) +
      (words[round] ?? 0);
    const temp2 = rotations(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
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
  return hash.map((value, index) => (value + (working[index] ?? 0)) | 0) as unknown as HashState;
}

function nextWord(words: Int32Array, round: number): number {
  const w2 = words[round - 2] ?? 0;
  const w7 = words[round - 7] ?? 0;
  const w15 = words[round - 15] ?? 0;
  const w16 = words[round - 16] ?? 0;
  const mixed15 = ((w15 >>> 7) | (w15 << 25)) ^ ((w15 >>> 18) | (w15 << 14)) ^ (w15 >>> 3);
  const mixed2 = ((w2 >>> 17) | (w2 << 15)) ^ ((w2 >>> 19) | (w2 << 13)) ^ (w2 >>> 10);
  return (w16 + mixed15 + w7 + mixed2) | 0;
}

/** Returns the XOR of a word that is rotated to the right by three numbers of bits. */
const rotations = (word: number, i: number, j: number, k: number): number =>
  ((word >>> i) | (word << (32 - i))) ^
  ((word >>> j) | (word << (32 - j))) ^
  ((word >>> k) | (word << (32 - k)));

/** The first 32 fractional bits of a root. Engines may round a root differently, but only in later bits. */
const fractionBits = (root: number): number => ((root % 1) * 2 ** 32) | 0;

const PRIMES: number[] = [];
for (let number = 2; PRIMES.length < 64; number++)
  if (PRIMES.every((prime) => number % prime > 0)) PRIMES.push(number);
const INITIAL_HASH = PRIMES.slice(0, 8).map((prime) =>
  fractionBits(Math.sqrt(prime)),
) as unknown as HashState;
const ROUND_CONSTANTS = PRIMES.map((prime) => fractionBits(Math.cbrt(prime)));

const REPLACEMENT_CHARACTER = 0xfffd;

/** Encodes text as UTF-8, without TextEncoder, because every client needs a hash and jsdom has no TextEncoder. */
function encodeUtf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    const isLoneSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    const code = isLoneSurrogate ? REPLACEMENT_CHARACTER : codePoint;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), continuation(code));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), continuation(code >> 6), continuation(code));
    else
      bytes.push(0xf0 | (code >> 18), continuation(code >> 12), continuation(code >> 6), continuation(code));
  }
  return bytes;
}

/** Returns a continuation byte of UTF-8 with the lowest 6 bits. */
const continuation = (bits: number): number => 0x80 | (bits & 0x3f);
