import type { SharedCache } from '../types.js';

/**
 * A second level whose code is loaded when it is first asked. The order of what it is told stays. Where it cannot be loaded,
 * there is none.
 */
export function lazily(open: () => Promise<SharedCache>, failed: () => void): SharedCache {
  let opening: Promise<SharedCache | undefined> | undefined;
  const level = () => {
    opening ??= open().catch(() => void failed());
    return opening;
  };
  return {
    lookup: async (...asked) => (await level())?.lookup(...asked),
    set: (...kept) => void level().then((it) => it?.set(...kept)),
    delete: (key) => void level().then((it) => it?.delete(key)),
    invalidate: async (...ended) => (await level())?.invalidate(...ended),
    close: () => void opening?.then((it) => it?.close()),
  };
}
