import { describe } from 'vitest';
import { attributes } from './behaviors/attributes.js';
import { categories } from './behaviors/categories.js';
import { deployment } from './behaviors/deployment.js';
import { identity } from './behaviors/identity.js';
import { iteration } from './behaviors/iteration.js';
import { listing } from './behaviors/listing.js';
import { missingPersona } from './behaviors/missing-persona.js';
import { personas } from './behaviors/personas.js';
import { published } from './behaviors/published.js';
import { readYourWrites } from './behaviors/read-your-writes.js';
import { createContractContext, type ServiceUnderTest } from './context.js';

const BEHAVIORS = {
  deployment,
  listing,
  iteration,
  personas,
  categories,
  attributes,
  'a persona whose behavioral has a map': published,
  'missing persona': missingPersona,
  'read your writes': readYourWrites,
  identity,
};

/**
 * Defines the tests of what users of any Persona Service can rely on. The database may be empty or contain other personas. The
 * tests neither change nor rely on those.
 */
export function defineContractSuite(name: string, connect: () => Promise<ServiceUnderTest>): void {
  describe(name, () => {
    const context = createContractContext(connect);
    for (const [subject, define] of Object.entries(BEHAVIORS)) describe(subject, () => define(context));
  });
}
