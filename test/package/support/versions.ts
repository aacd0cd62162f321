import { nodeOf } from './tools.js';

/** The Nodes that the package is for: the oldest, and the newest of each line. */
export const NODES = {
  'node-22.13': nodeOf('22.13.0'),
  'node-22': nodeOf('22.23.3'),
  'node-24': nodeOf('24.21.0'),
  'node-26': nodeOf('26.10.0'),
};
