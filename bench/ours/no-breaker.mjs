import { open as openClient } from './client.mjs';

/** The client with a retry budget, but without circuit breaker. */
export const open = (url) => openClient(url, { breaker: false });
