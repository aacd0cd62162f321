/**
 * The client at work in a browser, with a service to torment.
 *
 *   npm run explorer
 *
 * PORT chooses where the page is served, by default 5173.
 */
import { startExplorer } from './server/start.js';

const explorer = await startExplorer(Number(process.env.PORT ?? 5173));
console.log(`Explorer at ${explorer.url}`);

const stop = () => void explorer[Symbol.asyncDispose]();
process.once('SIGINT', stop).once('SIGTERM', stop);
