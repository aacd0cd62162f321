/** A name before its value: `password=x`, `"api_key": "x"`, `Cookie: a=x`. */
const NAME = /(?<![\w.-])([\w.-]{1,64})(["'\\\]]{0,4}\s{0,4}([:=])\s{0,4})/g;
/** A value to the end of its quotes or line, or a word. */
const VALUE = /(\\{0,7}["'])((?:(?!\1)(?:\\.|.)){0,10000})|([^\s"'\\&<>,;{}[\]()]+)/y;
/** An element of XML. */
const ELEMENT = /<([\w.-]{1,64})(?:\s[^<>]{0,200})?>([^<>]+)(?=<\/)/g;
/** A field of an HTML form or of a multipart body, whose name is a value itself. */
const FIELD =
  /\bname=["']([^"'\r\n]{1,64})["'](?:[^<>\r\n]{0,200}?\bvalue=["']|[^\r\n]{0,200}(?:\r?\n[^\r\n]{1,200}){0,5}\r?\n\r?\n)([^"'<>\r\n]+)/g;

/**
 * Replaces the values of secrets in a text by their names.
 *
 * @param replace gets a value, and whether it is one for certain: quoted, in a form or in markup, not a word of a sentence.
 */
export function replaceNamedValues(
  text: string,
  isSecret: (name: string) => boolean,
  replace: (value: string, isCertain: boolean) => string,
): string {
  const parts: string[] = [];
  let end = 0;
  for (const { index, 0: match, 1: name = '', 3: separator } of text.matchAll(NAME)) {
    if (index < end || !isSecret(name)) continue;
    VALUE.lastIndex = index + match.length;
    const [, quote = '', quoted, word = ''] = VALUE.exec(text) ?? [];
    const value = quoted ?? word;
    if (value === '') continue;
    const start = index + match.length + quote.length;
    parts.push(text.slice(end, start), replace(value, quoted !== undefined || separator !== ':'));
    end = start + value.length;
  }
  const replaceField = (field: string, name: string, value: string): string =>
    isSecret(name) ? field.slice(0, -value.length) + replace(value, true) : field;
  return [...parts, text.slice(end)].join('').replace(ELEMENT, replaceField).replace(FIELD, replaceField);
}
