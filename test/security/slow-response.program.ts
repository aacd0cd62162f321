/**
 * Compares the time to parse a response with the time of a call that receives it. Prints JSON.
 *
 * A process of its own, because the garbage of other tests would take more time than both.
 */
import { PersonaClient, type PersonaError } from '../../src/index.js';
import { PERSONA_BODY } from '../support/personas.js';

const MAX_ROUNDS = 6;
const [name = '', maxRatio = '1'] = process.argv.slice(2);

type Call = (client: PersonaClient) => Promise<unknown>;
const repeat = <Value>(count: number, create: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => create(index));
const keys = (count: number, value: unknown) =>
  Object.fromEntries(repeat(count, (index) => [`k${index}`, value]));
const page = (rows: readonly unknown[], more: object = {}) =>
  JSON.stringify({ personas: rows, total: rows.length, page: 1, per_page: 1_000, pages: 1, ...more });
const persona = (index: number, categories: object) => ({ ...PERSONA_BODY, id: index + 1, ...categories });
const fieldConfig = (fields: readonly object[]) => JSON.stringify({ psychographic: { fields } });
/** The text with `NaN` instead of each `"NaN"`. */
const withNaN = (json: string) => json.replaceAll('"NaN"', 'NaN');

const get: Call = (client) => client.personas.get(1);
const list: Call = (client) => client.personas.list({ perPage: 1_000 });
const getFieldConfig: Call = (client) => client.fieldConfig.get();
const mood = (round: number, count: number) => ({
  name: 'mood',
  type: 'list',
  options: repeat(count, (index) => `${round}-${index}`),
});
const invalidMoods = { mood: repeat(500, (index) => `x${index}`) };

const LISTS = { interests: 0, personal_values: 0, attitudes: 0, opinions: 0 };
const INVALID_FIELDS = { ...LISTS, lifestyle: 0, personality: 0 };

interface Case {
  /** The body of the response in a round. */
  readonly body: (round: number) => string;
  readonly call: Call;
  readonly status?: number;
}

const CASES: Readonly<Record<string, Case>> = {
  'page keys x invalid rows': {
    body: () =>
      page(
        repeat(1_000, (index) => persona(index, { demographic: { age: 'old' } })),
        keys(100_000, 0),
      ),
    call: list,
  },
  'changed options': { body: (round) => fieldConfig([mood(round, 200_000)]), call: getFieldConfig },
  'changed fields': {
    body: (round) =>
      fieldConfig(repeat(50_000, (index) => ({ name: `${round}-${index}`, type: 'string', label: 'l' }))),
    call: getFieldConfig,
  },
  'options x invalid entries': {
    body: () => fieldConfig([mood(0, 200_000)]),
    call: async (client) => {
      await client.fieldConfig.get();
      await client.psychographic.update(1, invalidMoods as object);
    },
  },
  'categories of a field config': {
    body: () => JSON.stringify(keys(200_000, { fields: [] })),
    call: getFieldConfig,
  },
  'configured fields x invalid rows': {
    body: () =>
      page(
        repeat(1_000, (index) => persona(index, { psychographic: INVALID_FIELDS })),
        keys(50_000, 0),
      ),
    call: list,
  },
  'NaN in a list': {
    body: () =>
      withNaN(JSON.stringify(persona(0, { psychographic: { interests: repeat(2_000_000, () => 'NaN') } }))),
    call: get,
  },
  'NaN in rows': {
    body: () =>
      withNaN(
        page(
          repeat(1_000, (index) => persona(index, { psychographic: { own: repeat(1_000, () => 'NaN') } })),
        ),
      ),
    call: list,
  },
  'NaN as keys': { body: () => `{"id":1,${'NaN:1,'.repeat(1_000_000)}"name":"x"}`, call: get },
  'integers beyond 2^53': {
    body: () => `{"id":1,"name":"x","own":[${'9007199254740993,'.repeat(500_000)}1]}`,
    call: get,
  },
  'one NaN among numbers': {
    body: () =>
      withNaN(JSON.stringify(persona(0, { psychographic: { own: [...repeat(1_000_000, Number), 'NaN'] } }))),
    call: get,
  },
  'keys of an error': {
    body: () => JSON.stringify({ msg: 'x', ...keys(300_000, 0) }),
    call: get,
    status: 401,
  },
};

const { body, call, status = 200 } = CASES[name] as Case;
let bytes: Uint8Array<ArrayBuffer> = new Uint8Array();
const client = new PersonaClient({
  fetch: async (url) =>
    name.startsWith('configured') && String(url).endsWith('field-config')
      ? new Response(
          fieldConfig(repeat(50_000, (index) => ({ name: `f${index}`, type: 'string', label: 'l' }))),
        )
      : new Response(bytes, { status }),
  dialect: 'attributes',
  retry: false,
  breaker: false,
  cache: false,
});
client.on('schemaDrift', () => {});
if (name.startsWith('configured')) await client.fieldConfig.get();

async function measure<Value>(work: () => Promise<Value>): Promise<{ value: Value; ms: number }> {
  const startedAt = performance.now();
  const value = await work();
  await new Promise((resolve) => setImmediate(resolve)); // a listener may run after the call
  return { value, ms: performance.now() - startedAt };
}

let [parseMs, callMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
let outcome: unknown;
for (let round = 0; round < 2 || (round < MAX_ROUNDS && callMs > Number(maxRatio) * parseMs); round++) {
  const text = body(round);
  bytes = new TextEncoder().encode(text);
  const json = text.replaceAll('NaN:', '"NaN":').replaceAll('NaN', '123');
  const parsing = await measure(async () => JSON.parse(json));
  const calling = await measure(() =>
    call(client).then(
      () => 'ok',
      (error: PersonaError) => error.code,
    ),
  );
  outcome = calling.value;
  parseMs = Math.min(parseMs, parsing.ms);
  callMs = Math.min(callMs, calling.ms);
}
console.log(JSON.stringify({ parseMs, callMs, outcome }));
client.close();
