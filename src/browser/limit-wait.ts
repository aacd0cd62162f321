/**
 * Settles like `work`, or like `onTimeout()` after `ms` milliseconds. If the signal aborts first, rejects with its reason. `work`
 * continues in any case.
 */
export async function limitWait<T>(
  work: Promise<T>,
  ms: number,
  onTimeout: () => T,
  signal?: AbortSignal,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort = () => {};
  const end = new Promise<void>((resolve, reject) => {
    timer = setTimeout(resolve, ms);
    abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort);
  }).then(onTimeout);
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
