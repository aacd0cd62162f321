import { readdirSync } from 'node:fs';
import manifest from './package.json' with { type: 'json' };

/** Entry points: one module of the reference for each subpath of the package. */
const entryPoints = Object.keys(manifest.exports)
  .filter((subpath) => !subpath.endsWith('.json'))
  .map((subpath) => (subpath === '.' ? 'src/index.ts' : `src/${subpath.slice(2)}/index.ts`));

/** Guides in reading order. All other guides follow. */
const GUIDE_ORDER = [
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
  const index = GUIDE_ORDER.indexOf(file.replace('.md', ''));
  return index === -1 ? GUIDE_ORDER.length : index;
};
const guides = readdirSync('docs/guides')
  .sort((a, b) => rank(a) - rank(b))
  .map((file) => `docs/guides/${file}`);

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'persona-client',
  entryPoints,
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
    'toml',
  ],
  externalSymbolLinkMappings: { '@modelcontextprotocol/server': { '*': '#' } },
  treatValidationWarningsAsErrors: true,
  treatWarningsAsErrors: true,
};
