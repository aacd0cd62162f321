/** What `src` uses of zod, except in `mcp`. Add each further name, or the build fails. */
export { array, custom, literal, number, pipe, string, transform, unknown } from 'zod/mini';
