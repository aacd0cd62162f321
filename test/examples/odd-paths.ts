/** Path segments that are no ids. `Number` accepts most of them. */
export const ODD_IDS: readonly string[] = [
  'one',
  '1e3',
  '0x1',
  '%201',
  '1%20',
  '+1',
  '-1',
  '0',
  '01',
  '1.0',
  '1%2F2',
  '%00',
  '%EF%BC%91', // a digit of another script
  'NaN',
  'Infinity',
  '9007199254740993',
  '9'.repeat(400),
];

/** Paths that cannot be decoded. */
export const MALFORMED_PATHS: readonly string[] = [
  '/%E0%A4%A',
  '/personas/%E0%A4%A',
  '/personas/%ff',
  '/personas/%',
];
