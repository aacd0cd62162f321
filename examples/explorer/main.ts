/**
 * Shows the client in a browser, with a service that simulates failures.
 *
 *   npm run explorer
 *
 * PORT is the port of the page, 5173 by default.
 */
import { startExplorer } from './server/start.js';

const explorer = await startExplorer(Number(process.env.PORT ?? 5173));
console.log(`Explorer at ${explorer.url}`);

const stop = () => void explorer[Symbol.asyncDispose]();
process.once('SIGINT', stop).once('SIGTERM', stop);
