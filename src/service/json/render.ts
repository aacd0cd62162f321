const PLAIN_TEXT = /^[ !#-[\]-~]*$/;
const NOT_ASCII = /[\u007f-\uffff]/g;

function renderString(text: string): string {
  if (PLAIN_TEXT.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    NOT_ASCII,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Renders a number. `NaN` and infinite numbers become bare words, which are not JSON. */
const renderNumber = (value: number): string => (Object.is(value, -0) ? '-0.0' : String(value));

/** Compares two names by code point, as Python sorts them. */
function compareCodePoints(left: string, right: string): number {
  let index = 0;
  while (index < left.length && left[index] === right[index]) index += 1;
  return (left.codePointAt(index) ?? -1) - (right.codePointAt(index) ?? -1);
}

const SURROGATE = /[\ud800-\udfff]/;

/** Sorts names by code point. The default order differs only for characters beyond U+FFFF. */
function sortNames(names: string[]): string[] {
  return SURROGATE.test(names.join('')) ? names.sort(compareCodePoints) : names.sort();
}

/** Creates a function that renders JSON in ASCII with these separators. */
const createRenderer = (itemSeparator: string, keySeparator: string, sortsKeys: boolean) => {
  function renderObject(value: Readonly<Record<string, unknown>>): string {
    const names = Object.keys(value);
    let text = '';
    for (const name of sortsKeys ? sortNames(names) : names) {
      if (value[name] === undefined) continue;
      text += `${text && itemSeparator}${renderString(name)}${keySeparator}${render(value[name])}`;
    }
    return `{${text}}`;
  }

  function render(value: unknown): string {
    if (typeof value === 'string') return renderString(value);
    if (typeof value === 'number') return renderNumber(value);
    if (typeof value !== 'object' || value === null) return String(value);
    if (Array.isArray(value)) return `[${value.map(render).join(itemSeparator)}]`;
    return renderObject(value as Readonly<Record<string, unknown>>);
  }

  return render;
};

/** Renders JSON as response bodies contain it: without spaces, keys sorted, everything but ASCII escaped. */
export const renderJson = createRenderer(',', ':', true);

/** Renders JSON as the `subresource` service stores it in a column: with spaces after commas and colons. */
export const renderColumnJson = createRenderer(', ', ': ', false);
