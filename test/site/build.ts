import { fileURLToPath } from 'node:url';
import { buildSite } from '../../scripts/site/build.js';
import type { Section } from '../../scripts/site/search.js';

declare module 'vitest' {
  interface ProvidedContext {
    sections: readonly Section[];
  }
}

/** Folder of the site that the tests look at. */
export const SITE = fileURLToPath(new URL('../../docs/site', import.meta.url));

/** Builds the site before the tests run. */
export async function setup(project: {
  provide(name: 'sections', sections: readonly Section[]): void;
}): Promise<void> {
  project.provide('sections', await buildSite(SITE));
}
