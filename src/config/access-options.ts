import type { AttributeCategory, Category, Demographic } from '../schemas/categories.js';

/** An operation name, or a pattern such as `personas.*` or `*.update`. */
export type NamedOperationPattern<Name extends string = string> =
  | Name
  | `${ResourceName<Name>}.*`
  | `*.${string}`;

type ResourceName<Name extends string> = Name extends `${infer Resource}.${string}` ? Resource : never;

/** Permission for a category: no access, reading only, or writing only. To permit both, omit the category. */
export type CategoryAccess = 'none' | 'read' | 'write';

/** The public `AccessOptions`, generic in the operation names. */
export interface NamedAccessOptions<Name extends string = string> {
  /** Denies all writes. @default false */
  readOnly?: boolean;
  /** Operations to allow. All others are denied. @default all operations */
  allow?: readonly NamedOperationPattern<Name>[];
  /** Operations to deny. Takes precedence over `allow`. @default none */
  deny?: readonly NamedOperationPattern<Name>[];
  /**
   * Permission for each category, such as `{ demographic: 'read', behavioral: 'none' }`.
   *
   * - Without permission to read, the category's `get` is denied, and the category is removed from every persona.
   * - Without permission to write, the category's `update` is denied. So are `personas.create` and `personas.update` if
   *   their input contains the category.
   *
   * `personas.delete` is not affected.
   *
   * @default reading and writing of all categories
   */
  categories?: { readonly [Key in Category]?: CategoryAccess };
}

/**
 * Data that `redact` can remove: the name, a category, or a field of a category. For example `'name'`, `'behavioral'` or
 * `'demographic.age'`.
 */
export type RedactedField =
  | 'name'
  | Category
  | `demographic.${keyof Demographic | 'geolocation'}`
  | `${AttributeCategory}.${string}`;

/** Matches an operation name against a pattern such as `personas.delete`, `personas.*` or `*.update`. */
export function matchesPattern(pattern: string, name: string): boolean {
  const [resourcePattern, methodPattern] = pattern.split('.');
  const [resource, method] = name.split('.');
  return (
    (resourcePattern === '*' || resourcePattern === resource) &&
    (methodPattern === '*' || methodPattern === method)
  );
}
