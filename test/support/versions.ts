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

/** Versions of workerd: a promise of an ended request rejects in the first one, and never settles in the second one. */
export const WORKERD_VERSIONS = { workerd: '1.20261117.1', 'workerd-july': 'npm:workerd@1.20260730.1' };
