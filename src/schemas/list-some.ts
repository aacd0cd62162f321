const MAX_LISTED = 20;

/** Lists the first 20 texts and the number of the others: `a, b, c and 7 more`. A deployment may define any number. */
export const listSome = (texts: readonly string[]): string =>
  texts.slice(0, MAX_LISTED).join(', ') +
  (texts.length > MAX_LISTED ? ` and ${texts.length - MAX_LISTED} more` : '');
