import { open as openClient } from './client.mjs';

/** The circuit stays open during the whole measurement. */
export const open = (url) => openClient(url, { breaker: { resetTimeoutMs: 3_600_000 } });
