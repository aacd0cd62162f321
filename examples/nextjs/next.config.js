import { join } from 'node:path';

/** The tests link the package from the folder above; a project of your own needs no configuration. */
export default { turbopack: { root: join(import.meta.dirname, '../..') } };
