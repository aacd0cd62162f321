import { nodePackage } from './install.js';

/** Supported Node.js versions: the minimum, and the newest of each release line. */
export const NODE_VERSIONS = {
  'node-22.13': nodePackage('22.13.0'),
  'node-22': nodePackage('22.23.3'),
  'node-24': nodePackage('24.21.0'),
  'node-26': nodePackage('26.10.0'),
};

/** Other JavaScript runtimes. */
export const OTHER_RUNTIMES = { bun: '1.4.5', deno: '2.9.5' };
