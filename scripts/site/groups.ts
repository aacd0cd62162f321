/** Sorts documents and symbols into the groups of the navigation. */
import {
  type Application,
  Comment,
  CommentTag,
  type Context,
  Converter,
  type DocumentReflection,
  JSX,
  KindRouter,
  type Reflection,
} from 'typedoc';
import { GUIDE_GROUPS, PROJECT, REFERENCE, type SiteDocument } from './documents.js';

const SYMBOLS = 'API';
const OTHER = 'Other';

/** Groups of the module `persona-client`, by the file that defines the symbol. The first match applies. */
const SYMBOL_GROUPS: readonly (readonly [file: RegExp, group: string])[] = [
  [/^src\/client\/client/, 'Client'],
  [/^src\/endpoints\//, 'Endpoints'],
  [/^src\/(client|config)\//, 'Options'],
  [/^src\/core\/error/, 'Errors'],
  [/^src\/(core|pipeline)\//, 'Events and metadata'],
  [/^src\/cache\//, 'Cache'],
  [/^src\/schemas\//, 'Data'],
];

/** Symbols that people look for come first in their group. */
const FIRST = ['PersonaClient', 'ClientOptions', 'RequestOptions', 'PersonaError', 'Persona', 'Personas'];

const GROUP_ORDER = [
  ...GUIDE_GROUPS,
  REFERENCE,
  SYMBOLS,
  ...new Set(SYMBOL_GROUPS.map(([, group]) => group)),
  ...['Classes', 'Functions', 'Interfaces', 'Constructors', 'Properties', 'Accessors', 'Methods', '*'],
  PROJECT,
];

/** Opens the guides and the API in the navigation, until the reader closes them. */
const OPEN_GROUPS = [...GUIDE_GROUPS, REFERENCE, SYMBOLS]
  .map((group) => `localStorage[${JSON.stringify(`tsd-accordion-${group}`)}]??="true";`)
  .join('');

/** Makes TypeDoc show the documents, in these groups and with these titles. */
export function groupPages(app: Application, documents: readonly SiteDocument[]): void {
  app.options.setValue(
    'projectDocuments',
    documents.map(({ path }) => path),
  );
  app.options.setValue('groupOrder', GROUP_ORDER);
  app.options.setValue('router', 'site');
  const paths = new Map<Reflection, string>();
  app.renderer.defineRouter(
    'site',
    /** Gives pages of documents the path of their file: `guides/caching.html`. */
    class extends KindRouter {
      protected override getIdealBaseName(reflection: Reflection): string {
        const path = paths.get(reflection);
        return path?.replace(/^docs\//, '').replace(/\.md$/, '') ?? super.getIdealBaseName(reflection);
      }
    },
  );
  let next = 0;
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context: unknown, page: DocumentReflection) => {
    const document = documents[next++]; // TypeDoc keeps the order of projectDocuments
    if (document === undefined) throw new Error(`${page.name} is not a document of the site.`);
    page.name = document.title;
    paths.set(page, document.path);
    page.frontmatter.group = document.group;
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
    for (const module of project.children ?? []) {
      addGroup(module, SYMBOLS);
      if (module.name !== project.name) continue;
      for (const symbol of module.children ?? []) {
        const file = project.getSymbolIdFromReflection(symbol)?.packagePath ?? '';
        const group = SYMBOL_GROUPS.find(([pattern]) => pattern.test(file))?.[1];
        addGroup(symbol, group ?? OTHER);
      }
    }
  });
  const rank = ({ name }: Reflection) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  // The low priority makes this run after TypeDoc has made the groups.
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }: Context) => {
      for (const group of (project.children ?? []).flatMap(({ groups }) => groups ?? []))
        group.children.sort((a, b) => rank(a) - rank(b));
    },
    -10_000,
  );
  app.renderer.hooks.on('head.end', () =>
    JSX.createElement('script', null, JSX.createElement(JSX.Raw, { html: OPEN_GROUPS })),
  );
}

/** Also works for functions, whose comments TypeDoc keeps on their signatures. */
function addGroup(reflection: Reflection, group: string): void {
  reflection.comment ??= new Comment();
  reflection.comment.blockTags.push(new CommentTag('@group', [{ kind: 'text', text: group }]));
}
