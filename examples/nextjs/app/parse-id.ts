/** Parses the id of a persona. Returns `undefined` for anything else, also for `1e3` and ` 1`, which `Number` accepts. */
export const parseId = (text: string): number | undefined =>
  /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
