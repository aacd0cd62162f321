import { open as openClient } from './client.mjs';

/** What the retry budget does alone. */
export const open = (url) => openClient(url, { breaker: false });
