/** SHA-256 (FIPS 180-4) at once: `crypto.subtle` answers later, and not on every page. */
export function sha256(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const message = new DataView(new ArrayBuffer((bytes.length + 72) & -64));
  new Uint8Array(message.buffer).set(bytes);
  message.setUint8(bytes.length, 0x80);
  message.setUint32(message.byteLength - 4, bytes.length * 8);

  const words = new Int32Array(64);
  const word = (at: number) => words[at] ?? 0;
  let hash = START;
  for (let block = 0; block < message.byteLength; block += 64) {
    let [a, b, c, d, e, f, g, h] = hash;
    for (let round = 0; round < 64; round++) {
      const far = word(round - 15);
      const near = word(round - 2);
      words[round] =
        round < 16
          ? message.getInt32(block + round * 4)
          : word(round - 16) +
            (turned(far, 7) ^ turned(far, 18) ^ (far >>> 3)) +
            word(round - 7) +
            (turned(near, 17) ^ turned(near, 19) ^ (near >>> 10));
      const one =
        h +
        (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) +
        ((e & f) ^ (~e & g)) +
        (CONSTANTS[round] ?? 0) +
        word(round);
      const two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    const turn = [a, b, c, d, e, f, g, h];
    hash = hash.map((was, at) => (was + (turn[at] ?? 0)) | 0) as unknown as Eight;
  }
  return hash.map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
}

type Eight = readonly [number, number, number, number, number, number, number, number];

const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The first 32 bits after the point. None of them is so near to a whole number that engines could differ. */
const fraction = (root: number): number => ((root % 1) * 2 ** 32) | 0;

const PRIMES: number[] = [];
for (let number = 2; PRIMES.length < 64; number++)
  if (PRIMES.every((prime) => number % prime > 0)) PRIMES.push(number);
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime))) as unknown as Eight;
const CONSTANTS = PRIMES.map((prime) => fraction(Math.cbrt(prime)));
