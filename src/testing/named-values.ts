/** A name before its value: `password=x`, `"api_key": "x"`, `Cookie: a=x`. */
const NAME = /(?<![\w.-])([\w.-]{1,64})(["'\\\]]{0,4}\s{0,4}([:=])\s{0,4})/g;
/** A value: quoted text, up to the closing quote or the end of the line, or one word. */
const VALUE = /(\\{0,7}["'])((?:(?!\1)(?:\\.|.)){0,10000})|([^\s"'\\&<>,;{}[\]()]+)/y;
/** An element of XML. */
const ELEMENT = /<([\w.-]{1,64})(?:\s[^<>]{0,200})?>([^<>]+)(?=<\/)/g;
/** A field of an HTML form or of a multipart body. Its name is the value of an attribute. */
const FIELD =
  /\bname=["']([^"'\r\n]{1,64})["'](?:[^<>\r\n]{0,200}?\bvalue=["']|[^\r\n]{0,200}(?:\r?\n[^\r\n]{1,200}){0,5}\r?\n\r?\n)([^"'<>\r\n]+)/g;

/**
 * Finds the secrets in a text by the names before them, and replaces them.
 *
 * @param replace returns the replacement of a value. `isCertain` is `false` for a word after a colon, as in a sentence.
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
