/** Builds the documentation site with TypeDoc, and adds the search, the list of guides, llms.txt and llms-full.txt. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Application, PageEvent, type ProjectReflection, type Router, TSConfigReader } from 'typedoc';
import { findDocuments, type SiteDocument } from './documents.js';
import { groupPages } from './groups.js';
import { renderGuideList } from './guide-list.js';
import { createFullText, createIndex } from './llms.js';
import type { Section } from './search.js';
import { describeSymbol, isSearchable, splitDocument } from './sections.js';
import { typeDocOptions } from './typedoc-options.js';

/**
 * Builds the site in a folder.
 *
 * @throws {Error} if TypeDoc reports an error or a warning.
 */
export async function buildSite(folder: string): Promise<readonly Section[]> {
  const documents = findDocuments();
  const app = await Application.bootstrapWithPlugins(typeDocOptions, [new TSConfigReader()]);
  groupPages(app, documents);
  const project = await app.convert();
  if (project) app.validate(project);
  if (!project || app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error('TypeDoc reported problems.');

  let sections: Section[] = [];
  const urls = new Map<SiteDocument, string>();
  app.renderer.preRenderAsyncJobs.push(async () => {
    const { router } = app.renderer;
    if (router === undefined) throw new Error('TypeDoc has no router.');
    for (const [index, page] of (project.documents ?? []).entries()) {
      const document = documents[index];
      if (document) urls.set(document, router.getFullUrl(page));
    }
    sections = findSections(project, router, urls);
  });
  app.renderer.on(PageEvent.END, (page: PageEvent) => {
    if (page.url !== 'index.html' || page.contents === undefined) return;
    const list = renderGuideList(documents, (document) => urls.get(document) ?? '');
    page.contents = page.contents.replace('<!-- guides -->', list);
  });
  await app.generateDocs(project, folder);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('TypeDoc reported problems.');

  writeFileSync(
    join(folder, 'llms.txt'),
    createIndex(documents, (document) => urls.get(document) ?? ''),
  );
  writeFileSync(join(folder, 'llms-full.txt'), createFullText(documents));
  await writeSearchScript(sections, join(folder, 'assets/search.js'));
  return sections;
}

const findSections = (
  project: ProjectReflection,
  router: Router,
  urls: ReadonlyMap<SiteDocument, string>,
): Section[] => [
  ...[...urls].flatMap(([document, url]) => splitDocument(document, url)),
  ...Object.values(project.reflections)
    .filter((reflection) => isSearchable(reflection, router))
    .map((symbol) => describeSymbol(symbol, router)),
];

/** Writes the script that all pages load: the sections and the search. It is no JSON, which a page from the file system cannot load. */
async function writeSearchScript(sections: readonly Section[], file: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'search-page.ts')],
    outfile: file,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
  });
  const script = readFileSync(file, 'utf8');
  writeFileSync(file, `window.siteSections=${JSON.stringify(sections)};\n${script}`);
}
