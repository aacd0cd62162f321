import { open as openClient } from './client.mjs';

/** Its circuit, once open, stays so for as long as anyone measures. */
export const open = (url) => openClient(url, { breaker: { resetTimeoutMs: 3_600_000 } });
