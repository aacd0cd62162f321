/**
 * A page whose cache survives a reload, in IndexedDB.
 *
 *   npx tsx examples/indexeddb-cache/main.ts
 *
 * PORT chooses where the page is served, by default 5174.
 */
import { startSite } from './server/start.js';

const site = await startSite(Number(process.env.PORT ?? 5174));
console.log(`Personas at ${site.url}: load it, and load it again`);

const stop = () => void site[Symbol.asyncDispose]();
process.once('SIGINT', stop).once('SIGTERM', stop);
