/** Matches an ISO 8601 timestamp in UTC that ends with `Z`. */
export const UTC_TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$/;

/** Converts a timestamp to microseconds since the Unix epoch, which `Date` does not support. */
export function toMicros(timestamp: string): number {
  const fraction = /\.(\d{1,6})/.exec(timestamp)?.[1] ?? '';
  return Date.parse(timestamp.replace(/\.\d+/, '')) * 1000 + Number(fraction.padEnd(6, '0'));
}

/** The longest delay that `setTimeout` supports. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
