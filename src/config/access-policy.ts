import * as z from 'zod/mini';
import { PersonaPermissionError } from '../core/errors/index.js';
import { CATEGORIES, demographicColumns } from '../schemas/categories.js';
import { flag, optional } from '../schemas/rules.js';
import type { AccessOptions, Operation, RedactedField } from './options.js';

/** What a client may do and see: `access` and `redact`, its own and those of the clients it is a view of. */
export interface Policy {
  /** All of them must allow a call. */
  readonly access: readonly AccessOptions[];
  /** What is taken out of answers; a category that may not be read is among it. */
  readonly hidden: readonly RedactedPath[];
}

export interface RedactedPath {
  /** `name`, or a category. */
  readonly part: string;
  /** Of the category; without it, all of it. */
  readonly field?: string | undefined;
}

export const UNRESTRICTED: Policy = { access: [], hidden: [] };

interface Restrictions {
  readonly access?: AccessOptions | undefined;
  readonly redact?: readonly RedactedField[] | undefined;
}

/** The same policy with more rules: it can become narrower only. */
export function restrict(policy: Policy, { access, redact = [] }: Restrictions): Policy {
  const unreadable = CATEGORIES.filter((category) => isDenied(access, category, 'read'));
  const place: RedactedField[] = redact.includes('demographic.geolocation')
    ? ['demographic.latitude', 'demographic.longitude']
    : [];
  return {
    access: access ? [...policy.access, access] : policy.access,
    hidden: [...policy.hidden, ...[...redact, ...place, ...unreadable].map(hiddenAt)],
  };
}

function hiddenAt(path: string): RedactedPath {
  const dot = path.indexOf('.');
  return dot === -1 ? { part: path } : { part: path.slice(0, dot), field: path.slice(dot + 1) };
}

const isDenied = (access: AccessOptions | undefined, category: string, right: 'read' | 'write'): boolean => {
  const rules = access?.categories ?? {};
  const known = CATEGORIES.find((one) => one === category);
  const judged = known ? [rules[known]] : Object.values(rules); // what is unknown could hold any of them
  return judged.some((rule) => rule !== undefined && rule !== right);
};

interface AccessRequest {
  /** As the caller writes it: `personas.get`. */
  readonly name: string;
  readonly write: boolean;
  /** What of a persona it names. */
  readonly parts: readonly string[];
}

/** @throws {PersonaPermissionError} when one of the rules is against it. */
export function assertAllowed({ access }: Policy, deed: AccessRequest): void {
  for (const rules of access) {
    const against = reasonAgainst(rules, deed);
    if (against !== undefined)
      throw new PersonaPermissionError(
        `${deed.name}: this client's own access policy ${against}. Nothing was sent.`,
      );
  }
}

/** Whether such a call can pass, as far as its name tells. */
export function permits({ access }: Policy, name: Operation): boolean {
  const write = /\.(?:create|update|delete)$/.test(name);
  const parts = CATEGORIES.filter((category) => name.startsWith(`${category}.`));
  return access.every((rules) => reasonAgainst(rules, { name, write, parts }) === undefined);
}

function reasonAgainst(rules: AccessOptions, { name, write, parts }: AccessRequest): string | undefined {
  const { readOnly, allow, deny = [] } = rules;
  const right = write ? 'write' : 'read';
  if (readOnly && write) return 'is read-only';
  if (deny.some((pattern) => fits(pattern, name)) || allow?.some((pattern) => fits(pattern, name)) === false)
    return 'does not allow it';
  const denied = parts.filter((part) => isDenied(rules, part, right));
  return denied.length > 0 ? `does not let it ${right} ${denied.join(', ')}` : undefined;
}

/** `personas.delete`, `personas.*`, `*.update` */
function fits(pattern: string, name: string): boolean {
  const [resource, method] = pattern.split('.');
  const [ours, own] = name.split('.');
  return (resource === '*' || resource === ours) && (method === '*' || method === own);
}

/** A list of such texts. */
const texts = (fits: (text: string) => boolean, message: string) =>
  z.array(z.custom<string>((value) => typeof value === 'string' && fits(value), message));

/** All that a policy can name. */
const OPERATIONS = [
  ...['list', 'get', 'create', 'update', 'delete'].map((method) => `personas.${method}`),
  ...CATEGORIES.flatMap((category) => [`${category}.get`, `${category}.update`]),
  ...['fieldConfig.get', 'schema.get', 'health.check'],
];

export const access = () => {
  const operations = texts(
    (pattern) => /^[^.]+\.[^.]+$/.test(pattern) && OPERATIONS.some((name) => fits(pattern, name)),
    `must be one of ${OPERATIONS.join(', ')}, or have * before or after the dot`,
  );
  const right = z.literal(['none', 'read', 'write']);
  return optional({
    readOnly: flag(),
    allow: operations,
    deny: operations,
    categories: optional(Object.fromEntries(CATEGORIES.map((category) => [category, right]))),
  });
};

const FIELD = /^(?:name|demographic|(?:psychographic|behavioral|contextual)(?:\..+)?)$/s;

/** A misspelt field would be shown, so what can be checked is. */
export const redact = () =>
  texts((path) => {
    const column = /^demographic\.(.*)$/.exec(path)?.[1];
    return column === undefined
      ? FIELD.test(path)
      : column === 'geolocation' || Object.hasOwn(demographicColumns, column);
  }, 'must be name, a category, or a field of one such as demographic.age');
