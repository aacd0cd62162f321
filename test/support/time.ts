/** ISO 8601 in UTC, with the zone said. */
export const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$/;

/** Microseconds since the Unix epoch: the service counts them, and `Date` does not. */
export function microsOf(timestamp: string): number {
  const fraction = /\.(\d{1,6})/.exec(timestamp)?.[1] ?? '';
  return Date.parse(timestamp.replace(/\.\d+/, '')) * 1000 + Number(fraction.padEnd(6, '0'));
}
