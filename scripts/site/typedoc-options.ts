import type { TypeDocOptions } from 'typedoc';
import manifest from '../../package.json' with { type: 'json' };

/** Entry points: one module of the reference for each subpath of the package. */
const entryPoints = Object.keys(manifest.exports)
  .filter((subpath) => !subpath.endsWith('.json'))
  .map((subpath) => (subpath === '.' ? 'src/index.ts' : `src/${subpath.slice(2)}/index.ts`));

/** Paths are relative to the root of the project. `groups.ts` adds the documents and the order of the groups. */
export const typeDocOptions: Partial<TypeDocOptions> = {
  name: 'persona-client',
  entryPoints,
  tsconfig: 'scripts/site/tsconfig.json',
  customCss: 'docs/site.css',
  favicon: 'docs/favicon.svg',
  out: 'docs/site',
  readme: 'docs/index.md',
  basePath: 'src',
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  hideGenerator: true,
  sort: ['source-order'],
  sortEntryPoints: false,
  navigation: { includeCategories: false, includeGroups: true, includeFolders: false },
  validation: { invalidLink: true, invalidPath: true, notExported: false, notDocumented: true },
  // Everything but properties, most of which their name explains. Mapped types have none of the comments of their properties.
  requiredToBeDocumented: [
    'Module',
    'Class',
    'Interface',
    'TypeAlias',
    'Variable',
    'Function',
    'Enum',
    'Method',
    'Accessor',
    'CallSignature',
    'GetSignature',
  ],
  // The compiler derives these from the members of PersonaClient, which have comments.
  intentionallyNotDocumented: ['allows', 'on', 'onClose', 'close', '[dispose]'].map(
    (name) => `persona-client.PersonaClientLike.${name}`,
  ),
  highlightLanguages: [
    'typescript',
    'javascript',
    'tsx',
    'html',
    'css',
    'json',
    'python',
    'shellscript',
    'text',
    'toml',
  ],
  externalSymbolLinkMappings: { '@modelcontextprotocol/server': { '*': '#' } },
  treatValidationWarningsAsErrors: true,
  treatWarningsAsErrors: true,
};
