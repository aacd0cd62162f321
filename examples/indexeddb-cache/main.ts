/**
 * Serves a page whose cache in IndexedDB survives a reload.
 *
 *   npx tsx examples/indexeddb-cache/main.ts
 *
 * Set PORT to change the port. Default: 5174.
 */
import { startSite } from './server/start.js';

const site = await startSite(Number(process.env.PORT ?? 5174));
console.log(`Open ${site.url}, then reload it.`);

const stop = () => void site[Symbol.asyncDispose]();
process.once('SIGINT', stop).once('SIGTERM', stop);
