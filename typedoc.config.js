import manifest from './package.json' with { type: 'json' };

/** Each subpath of the package is a module of the reference; `npm run docs` writes it all to `docs/site`. */
const subpaths = Object.keys(manifest.exports)
  .filter((subpath) => !subpath.endsWith('.json'))
  .map((subpath) => (subpath === '.' ? 'src/index.ts' : `src/${subpath.slice(2)}/index.ts`));

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'persona-client',
  entryPoints: subpaths,
  projectDocuments: ['docs/guides/getting-started.md', 'docs/guides/*.md'],
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
