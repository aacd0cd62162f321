import { PersonaPermissionError } from '../core/errors/index.js';
import { CATEGORIES } from '../schemas/categories.js';
import { matchesPattern, type NamedAccessOptions, type RedactedField } from './access-options.js';

/** The access rules and redactions of a client. Views inherit the policy of their client. */
export interface AccessPolicy {
  /** A call needs the permission of every element. */
  readonly access: readonly NamedAccessOptions[];
  /** Paths to remove from responses, including categories without permission to read. */
  readonly redactedPaths: readonly RedactedPath[];
}

export interface RedactedPath {
  /** `name` or a category. */
  readonly property: string;
  /** A field of the category. `undefined` for the whole category. */
  readonly field?: string | undefined;
}

export const UNRESTRICTED: AccessPolicy = { access: [], redactedPaths: [] };

interface Restrictions {
  readonly access?: NamedAccessOptions | undefined;
  readonly redact?: readonly RedactedField[] | undefined;
}

/** Adds restrictions to a policy. Never removes any. */
export function restrict(policy: AccessPolicy, { access, redact = [] }: Restrictions): AccessPolicy {
  const unreadableCategories = CATEGORIES.filter((category) => isDenied(access, category, 'read'));
  // Responses contain a geolocation as two fields.
  const coordinates: RedactedField[] = redact.includes('demographic.geolocation')
    ? ['demographic.latitude', 'demographic.longitude']
    : [];
  return {
    access: access ? [...policy.access, access] : policy.access,
    redactedPaths: [
      ...policy.redactedPaths,
      ...[...redact, ...coordinates, ...unreadableCategories].map(parseRedactedField),
    ],
  };
}

function parseRedactedField(path: string): RedactedPath {
  const dot = path.indexOf('.');
  return dot === -1 ? { property: path } : { property: path.slice(0, dot), field: path.slice(dot + 1) };
}

type Permission = 'read' | 'write';

/** Returns whether `access` denies a persona field or category. An unknown field may contain data of any category. */
function isDenied(access: NamedAccessOptions | undefined, field: string, permission: Permission): boolean {
  const categories = access?.categories ?? {};
  const category = CATEGORIES.find((name) => name === field);
  const grants = category ? [categories[category]] : Object.values(categories);
  return grants.some((grant) => grant !== undefined && grant !== permission);
}

interface AccessRequest {
  /** Name of the operation, such as `personas.get`. */
  readonly name: string;
  readonly isWrite: boolean;
  /** The categories and persona fields that the call needs permission for. */
  readonly fields: readonly string[];
}

/**
 * Checks a call against the policy.
 *
 * @throws {PersonaPermissionError} if the policy denies the call.
 */
export function assertAllowed({ access }: AccessPolicy, request: AccessRequest): void {
  for (const options of access) {
    const reason = denialReason(options, request);
    if (reason !== undefined)
      throw new PersonaPermissionError(
        `${request.name} was denied by this client's access policy: ${reason}. Nothing was sent.`,
      );
  }
}

/** Returns whether the policy allows an operation. Looks at its name only, so its input may still be denied. */
export function isOperationAllowed({ access }: AccessPolicy, name: string): boolean {
  const isWrite = /\.(?:create|update|delete)$/.test(name);
  // The responses to `request` can contain data of any category.
  const fields =
    name === 'request' ? [name] : CATEGORIES.filter((category) => name.startsWith(`${category}.`));
  return access.every((options) => denialReason(options, { name, isWrite, fields }) === undefined);
}

/** Returns the reason for denying a call, or `undefined` if the options allow it. */
function denialReason(
  options: NamedAccessOptions,
  { name, isWrite, fields }: AccessRequest,
): string | undefined {
  const { readOnly, allow, deny = [] } = options;
  const permission = isWrite ? 'write' : 'read';
  const matchesAny = (patterns: readonly string[]) =>
    patterns.some((pattern) => matchesPattern(pattern, name));
  if (readOnly && isWrite) return 'the client is read-only';
  if (matchesAny(deny) || (allow && !matchesAny(allow))) return 'the operation is not allowed';
  const deniedFields = fields.filter((field) => isDenied(options, field, permission));
  return deniedFields.length > 0 ? `no permission to ${permission} ${deniedFields.join(', ')}` : undefined;
}
