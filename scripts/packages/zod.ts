/** What `src` uses of zod, except in `mcp`. Add each further name, or the build fails. */
export { transform } from 'zod/mini';
