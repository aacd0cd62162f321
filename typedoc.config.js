import { readdirSync } from 'node:fs';
import manifest from './package.json' with { type: 'json' };

/** Each subpath of the package is a module of the reference; `npm run docs` writes it all to `docs/site`. */
const subpaths = Object.keys(manifest.exports)
  .filter((subpath) => !subpath.endsWith('.json'))
  .map((subpath) => (subpath === '.' ? 'src/index.ts' : `src/${subpath.slice(2)}/index.ts`));

/** The first steps first; what is not named here comes last. */
const order = [
  'getting-started',
  'errors',
  'caching',
  'resilience',
  'auth',
  'protecting',
  'observability',
  'testing',
];
const rank = (file) => {
  const at = order.indexOf(file.replace('.md', ''));
  return at === -1 ? order.length : at;
};
const guides = readdirSync('docs/guides')
  .sort((one, other) => rank(one) - rank(other))
  .map((file) => `docs/guides/${file}`);

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'persona-client',
  entryPoints: subpaths,
  projectDocuments: guides,
  customCss: 'docs/site.css',
  out: 'docs/site',
  readme: 'README.md',
  basePath: 'src',
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  hideGenerator: true,
  sort: ['source-order'],
  sortEntryPoints: false,
  navigation: { includeCategories: false, includeGroups: false, includeFolders: false },
  validation: { invalidLink: true, invalidPath: true, notExported: false, notDocumented: false },
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
  ],
  externalSymbolLinkMappings: { '@modelcontextprotocol/server': { '*': '#' } },
  treatValidationWarningsAsErrors: true,
  treatWarningsAsErrors: true,
};
