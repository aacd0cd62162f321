import { describe } from 'vitest';
import { attributes } from './behaviours/attributes.js';
import { categories } from './behaviours/categories.js';
import { deployment } from './behaviours/deployment.js';
import { identity } from './behaviours/identity.js';
import { iteration } from './behaviours/iteration.js';
import { listing } from './behaviours/listing.js';
import { missing } from './behaviours/missing.js';
import { ownWrites } from './behaviours/own-writes.js';
import { personas } from './behaviours/personas.js';
import { type Deployed, workbench } from './deployed.js';

const BEHAVIOURS = {
  deployment,
  listing,
  iteration,
  personas,
  categories,
  attributes,
  missing,
  'own writes': ownWrites,
  identity,
};

/**
 * What users of any Persona Service can rely on, said once. Holds for an empty database and for one with other
 * people's personas in it, which are neither changed nor counted on.
 */
export function contract(name: string, connect: () => Promise<Deployed>): void {
  describe(name, () => {
    const bench = workbench(connect);
    for (const [subject, behaviour] of Object.entries(BEHAVIOURS)) describe(subject, () => behaviour(bench));
  });
}
