/** What of a service's words may stand in an error. */
export interface MessageSanitizer {
  /** A sentence of it, as far as it can be shown. Empty: nothing of it. */
  sanitize(text: string): string;
  /** The word is the name of a field that was sent. */
  isField(word: string): boolean;
  /** The word may be shown where a field's name belongs. */
  isName(word: string): boolean;
}

/**
 * What a service says against a request can hold what was sent, or what it stores: personal data, secrets, SQL. So of its
 * sentences only this is shown: the words below, which frameworks refuse input with; the names of the fields that were
 * sent; and two numbers, such as bounds, that were not. All else becomes `…`.
 */
export function createSanitizer(body: string | undefined): MessageSanitizer {
  const fields = new Set<string>();
  const data = new Set<string>();
  sort(body === undefined ? null : JSON.parse(body), fields, data);

  return {
    isField: (word) => fields.has(word),
    isName: (word) => fields.has(word) || WORDS.has(word),
    sanitize: (text) => {
      let numbers = 2;
      const maySay = (word: string) => {
        if (WORDS.has(word.toLowerCase()) || fields.has(word)) return true;
        return /^\d{1,4}$/.test(word) && !data.has(word) && numbers-- > 0;
      };
      const said = text
        .slice(0, 200)
        .replace(/[^\p{L}\p{M}\p{N}_ .,:;'"()<>=-]+/gu, ' ')
        .replace(/[\p{L}\p{M}\p{N}_]+/gu, (word) => (maySay(word) ? word : '…'))
        .replace(/…[^\p{L}\p{N}]*(?=…)/gu, '')
        .replace(/ +/g, ' ')
        .replace(/[.\s]+$/, '')
        .trim();
      return said === '…' ? '' : said;
    },
  };
}

/** The names of fields in what was sent, a category's too; and the words and numbers of everything else. */
function sort(
  sent: unknown,
  fields: Set<string>,
  data: Set<string>,
  holds: 'fields' | 'data' = 'fields',
): void {
  if (typeof sent !== 'object' || sent === null) {
    for (const [word] of String(sent).matchAll(/[\p{L}\p{M}\p{N}_]+/gu)) data.add(word.toLowerCase());
    return;
  }
  for (const [name, value] of Object.entries(sent)) {
    if (holds === 'fields') fields.add(name);
    else sort(name, fields, data);
    sort(value, fields, data, holds === 'fields' && CATEGORY.test(name) ? 'fields' : 'data');
  }
}

const CATEGORY = /^(?:demographic|psychographic|behavioral|contextual)$/;

/** What Flask, marshmallow, pydantic, their JWT layer and the two services say, word by word. */
const WORDS: ReadonlySet<string> = new Set(
  `a access account active again allowed already an and are array attributes authorization bad be bearer been
    behavioral between body boolean browser but by cannot category character characters choice claim comma
    conflict contextual could credentials data date datetime demographic denied dict dictionary disabled does
    email empty enough entity equal error exceeds exist exists expected expired extra failed false field fields
    float for forbidden format found fresh from get given greater has have header id in incorrect input integer
    invalid is it item items json jwt key latitude least length less level limit list locked long longer
    longitude malformed many map mapping matching maximum media method minimum missing more most msg must name no
    not null number object of off once one only operation option options or out password path payload permission
    permissions permitted persona personas please positive proxy psychographic range refresh refused request
    requested required requests resource revoked schema segments sent server service shall short shorter should
    signature size sorry string strings supported t than that the there this time to token tokens too true try
    type understand unexpected unique unknown unprocessable unsupported url user username valid validation value
    values verification was with wrong you your`.split(/\s+/),
);
