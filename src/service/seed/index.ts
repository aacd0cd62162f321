/** Initial personas of a store: examples, generated personas, or your own. */
import { CATEGORIES, type DatedPersonaDraft, type Fields, type PersonaDraft } from '../store/types.js';
import { MICROS_PER_SECOND } from '../timestamps.js';
import { EXAMPLE_PERSONAS } from './examples.js';
import { generatePersona } from './generate.js';

const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;
const FRACTION_STEP_MICROS = 137_911;

/** An initial persona: its name and its fields by category. The service does not validate them. */
export interface PersonaSeed {
  /** Name of the persona. */
  readonly name: string;
  /** Demographic fields. */
  readonly demographic?: Fields;
  /** Psychographic fields. */
  readonly psychographic?: Fields;
  /** Behavioral fields. */
  readonly behavioral?: Fields;
  /** Contextual fields. */
  readonly contextual?: Fields;
}

/** The `seed` option of {@link createPersonaService}. */
export type Seed = boolean | number | readonly PersonaSeed[];

/**
 * Creates the initial personas of a store, one minute apart. The last one is about a minute old.
 *
 * The first timestamp has no fraction and the others have one, so that both formats occur.
 *
 * @param published leaves out the maps of examples and generated personas, which the published service could not show.
 */
export function createSeedPersonas(
  seed: Seed,
  nowMs: number,
  published: boolean,
): readonly DatedPersonaDraft[] {
  const select = published && typeof seed !== 'object' ? withoutMaps : (draft: PersonaDraft) => draft;
  const drafts = typeof seed === 'object' ? seed.map(toDraft) : seed === true ? EXAMPLE_PERSONAS : [];
  const count = typeof seed === 'number' ? seed : drafts.length;
  const endMicros = Math.floor(nowMs / 1000) * MICROS_PER_SECOND;
  return Array.from({ length: count }, (_, index) => ({
    ...select(drafts[index] ?? generatePersona(index + 1)),
    createdAt:
      endMicros - (count - index) * MICROS_PER_MINUTE + ((index * FRACTION_STEP_MICROS) % MICROS_PER_SECOND),
  }));
}

const withoutMaps = ({ name, categories: { behavioral, ...others } }: PersonaDraft): PersonaDraft => {
  const lists = Object.entries(behavioral ?? {}).filter(([, value]) => Array.isArray(value));
  return { name, categories: { ...others, behavioral: Object.fromEntries(lists) } };
};

const toDraft = ({ name, ...fields }: PersonaSeed): PersonaDraft => ({
  name,
  categories: Object.fromEntries(
    CATEGORIES.flatMap((category) => (fields[category] ? [[category, fields[category]]] : [])),
  ),
});
