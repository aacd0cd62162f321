import type { FieldConfig, FieldDefinition } from './field-config.js';

/** One field that was added, removed, or is another than before. */
export interface FieldChange {
  readonly category: string;
  readonly field: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** As it was; absent when added. */
  readonly before?: FieldDefinition;
  /** As it is; absent when removed. */
  readonly after?: FieldDefinition;
}

/** How a deployment's fields differ between two readings. */
export interface SchemaDrift {
  readonly changes: readonly FieldChange[];
  /** A field is gone, has another type, or fewer options than before: programs written for it may fail. */
  readonly breaking: boolean;
  /** One line for each change: `+ contextual.mood: string`, `~ contextual.season: options + monsoon, - fall`. */
  readonly diff: string;
}

/** What changed in types and options, or came and went. Labels and descriptions are prose and change nothing. */
export function driftOf(before: FieldConfig, after: FieldConfig): SchemaDrift {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  const changes = [...new Set([...old.keys(), ...now.keys()])].flatMap((name): FieldChange[] => {
    const [was, is] = [old.get(name), now.get(name)];
    const [category, field] = JSON.parse(name) as [string, string];
    if (was && is && meaning(was) === meaning(is)) return [];
    const change = was && is ? 'changed' : is ? 'added' : 'removed';
    return [{ category, field, change, ...(was && { before: was }), ...(is && { after: is }) }];
  });
  return { changes, breaking: changes.some(breaks), diff: changes.map(inWords).join('\n') };
}

const fieldsOf = (config: FieldConfig): Map<string, FieldDefinition> =>
  new Map(
    Object.entries(config).flatMap(([category, { fields }]) =>
      fields.map((field) => [JSON.stringify([category, field.name]), field] as const),
    ),
  );

const optionsOf = ({ options }: FieldDefinition): readonly string[] => [...new Set(options)].sort();
const meaning = (field: FieldDefinition): string => JSON.stringify([field.type, optionsOf(field)]);

function breaks({ before, after }: FieldChange): boolean {
  if (!before || !after) return !after;
  if (before.type !== after.type) return true;
  const [old, now] = [optionsOf(before), optionsOf(after)];
  return now.length > 0 && (old.length === 0 || old.some((option) => !now.includes(option)));
}

function inWords({ category, field, before, after }: FieldChange): string {
  const name = `${category}.${field}`;
  if (!before) return `+ ${name}: ${after ? described(after) : ''}`;
  if (!after) return `- ${name}: ${described(before)}`;
  const [old, now] = [optionsOf(before), optionsOf(after)];
  const signed = (sign: string, these: readonly string[], those: readonly string[]) =>
    these.filter((option) => !those.includes(option)).map((option) => `${sign} ${option}`);
  const options = [...signed('+', now, old), ...signed('-', old, now)].join(', ');
  const type = before.type === after.type ? '' : `${before.type} -> ${after.type}`;
  return `~ ${name}: ${[type, options && `options ${options}`].filter(Boolean).join('; ')}`;
}

const described = (field: FieldDefinition): string => {
  const options = optionsOf(field);
  return options.length > 0 ? `${field.type}, one of ${options.join(', ')}` : field.type;
};
