import type { Persona } from '../../schemas/persona.js';

const TIMESTAMP = /^(.{10})T(\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$/i;

interface Instant {
  readonly second: number;
  /** Digits after the second, without zeros at the end. */
  readonly fraction: string;
}

/** Parses an ISO 8601 timestamp. Without a time zone, it is in UTC, as services send it. `Date` would lose the microseconds. */
function parseTimestamp(text: string): Instant {
  const [, date = '', time = '', fraction = '', zone = 'Z'] = TIMESTAMP.exec(text) ?? [];
  const offset = zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase();
  return { second: Date.parse(`${date}T${time}${offset}`), fraction: fraction.replace(/0+$/, '') };
}

/** Whether two timestamps are the same instant, to the last digit. */
export function isSameTime(left: string, right: string): boolean {
  const [a, b] = [parseTimestamp(left), parseTimestamp(right)];
  return a.second === b.second && a.fraction === b.fraction;
}

/** Compares whole personas. Their times can be equal after a change, if the service stores whole seconds. */
export const isSameVersion = (left: Persona, right: Persona): boolean =>
  JSON.stringify(left) === JSON.stringify(right);

/** Describes how the stored version differs from the one that an update is based on. The text follows `persona 7`. */
export function describeChange(since: string, updatedAt: string, createdAt: string): string {
  const [base, updated, created] = [since, updatedAt, createdAt].map(parseTimestamp) as [
    Instant,
    Instant,
    Instant,
  ];
  if (created.second > base.second)
    return `was created at ${createdAt}, after ${since}, so its id belonged to another persona before`;
  if (isSameTime(since, updatedAt)) return `was changed again at ${updatedAt}`;
  const isShortened = updated.second === base.second && updated.fraction.startsWith(base.fraction);
  const hint = isShortened
    ? '. If the persona did not change, your time lacks digits: pass updated_at as text, because a Date has only milliseconds'
    : '';
  return `was updated at ${updatedAt}, not at ${since}${hint}`;
}
