import type { SharedLevel } from '../types.js';

/**
 * A second level whose code is loaded when it is first asked. The order of what it is told stays. Where it cannot be loaded,
 * there is none.
 */
export function lazily(open: () => Promise<SharedLevel>, failed: () => void): SharedLevel {
  let opening: Promise<SharedLevel | undefined> | undefined;
  const level = () => {
    opening ??= open().catch(() => void failed());
    return opening;
  };
  return {
    look: async (...asked) => (await level())?.look(...asked),
    keep: (...kept) => void level().then((it) => it?.keep(...kept)),
    drop: (key) => void level().then((it) => it?.drop(key)),
    end: async (...ended) => (await level())?.end(...ended),
    close: () => void opening?.then((it) => it?.close()),
  };
}
