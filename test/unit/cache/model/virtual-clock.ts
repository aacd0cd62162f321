/** Replaces `performance.now` and `Date.now` while `work` runs. Time passes only by `advance`. Timers stay real. */
export async function withVirtualClock<T>(work: (advance: (ms: number) => void) => Promise<T>): Promise<T> {
  const real = { performance: performance.now, date: Date.now };
  let now = 1_000_000;
  const epoch = 1_800_000_000_000;
  performance.now = () => now;
  Date.now = () => epoch + now;
  try {
    return await work((ms) => {
      now += ms;
    });
  } finally {
    performance.now = real.performance;
    Date.now = real.date;
  }
}
