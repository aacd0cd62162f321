import type { TypeDocOptions } from 'typedoc';
import manifest from '../../package.json' with { type: 'json' };

/** Entry points: one module of the reference for each subpath of the package. */
const entryPoints = Object.keys(manifest.exports)
  .filter((subpath) => !subpath.endsWith('.json'))
  .map((subpath) => (subpath === '.' ? 'src/index.ts' : `src/${subpath.slice(2)}/index.ts`));

const CATEGORIES = ['demographic', 'psychographic', 'behavioral', 'contextual'];
const CACHED_READS = ['personas.list', 'personas.get', 'fieldConfig.get', 'request'];

/** Members without a comment, by type. TypeDoc fails if a name in the list has a comment, or does not exist. */
const UNDOCUMENTED_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  // The compiler derives these from the members of PersonaClient, which have comments.
  'persona-client.PersonaClientLike': [
    ...[...CATEGORIES, 'personas', 'auth', 'cache', 'circuit', 'fieldConfig', 'health', 'request', 'schema'],
    ...['withMeta', 'allows', 'close', '[dispose]', 'on', 'onClose', 'redacts'],
  ],
  // Mapped types cannot have comments.
  'persona-client.AccessOptions.categories.__type': CATEGORIES,
  'persona-client.defineAttributes.Schemas.__type': CATEGORIES.slice(1),
  'persona-client.CacheOptions.ttlMsFor.__type': [
    ...CACHED_READS,
    ...CATEGORIES.map((name) => `${name}.get`),
  ],
  // The comment of the whole property describes these.
  'persona-client.StandardResult.issues.__type': ['message', 'path', 'path.__type.key'],
  'persona-client.StandardSchema.~standard.__type.types.__type': ['input', 'output'],
  'persona-client/mcp.ServedClient.withMeta.__type': ['fieldConfig'],
  'persona-client/query.flattenPages.Item.__type': ['id'],
  'persona-client/testing.delay.__type': ['delayMs'],
  'persona-client/collections.PersonaExport.invalid_fields.__type': ['path', 'value'],
  'persona-client/browse.BrowserSettings.extraHTTPHeaders.__type': ['Accept-Language'],
  'persona-client/browse.BrowserSettings.geolocation.__type': ['latitude', 'longitude'],
  'persona-client/browse.BrowserSettings.viewport.__type': ['width', 'height'],
  'persona-client/browse.BrowserSettings.screen.__type': ['width', 'height'],
};

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
  requiredToBeDocumented: [
    'Module',
    'Class',
    'Interface',
    'TypeAlias',
    'Variable',
    'Function',
    'Enum',
    'Property',
    'Method',
    'Accessor',
    'CallSignature',
    'GetSignature',
  ],
  intentionallyNotDocumented: Object.entries(UNDOCUMENTED_MEMBERS).flatMap(([type, names]) =>
    names.map((name) => `${type}.${name}`),
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
