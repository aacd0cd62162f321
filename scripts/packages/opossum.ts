import type Opossum from 'opossum';

/** Evaluates opossum when the first circuit opens. Most programs never need it. */
export default function LazyOpossum(...args: ConstructorParameters<typeof Opossum>): Opossum {
  const Circuit: typeof Opossum = require('opossum');
  return new Circuit(...args);
}
