const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:T|$)/;

/**
 * Parses a date or time in ISO 8601, such as `2024-01-31` or `2024-01-31T12:00:00Z`. A date without a time starts at midnight UTC.
 *
 * Returns NaN for a date that does not exist, such as February 30, and for a time without a time zone: its meaning depends on
 * the machine.
 */
export function parseIsoTime(text: string): number {
  const [, year, month, day] = DATE.exec(text) ?? [];
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const isDate = Number(day) >= 1 && Number(day) <= daysInMonth;
  const isTime = /^.{10}(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d))?$/.test(text);
  return isDate && isTime ? Date.parse(text) : Number.NaN;
}
