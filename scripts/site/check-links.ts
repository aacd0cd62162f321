/** Checks the links between the HTML pages of a folder, including anchors. Ignores links to other sites. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export interface LinkReport {
  readonly pages: number;
  readonly links: number;
  /** One message for each broken link. */
  readonly broken: readonly string[];
}

/** `links` are addresses to check in addition, relative to the folder. */
export function checkLinks(folder: string, links: readonly string[] = []): LinkReport {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.html'),
  );
  const read = (page: string) => readFileSync(join(folder, page), 'utf8');
  const idsByPage = new Map<string, Set<string>>();
  const readIds = (page: string) => {
    const ids =
      idsByPage.get(page) ?? new Set([...read(page).matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id));
    idsByPage.set(page, ids);
    return ids;
  };

  let checked = 0;
  const broken: string[] = [];
  const check = (page: string, link: string) => {
    if (link === '' || /^(?:[a-z]+:|\/\/)/i.test(link)) return;
    checked++;
    const [path = '', anchor] = link.replaceAll('&amp;', '&').split('#');
    const target = resolve(folder, dirname(page), decodeURIComponent(path.split('?')[0] ?? ''));
    const linked = path === '' ? page : relative(folder, target);
    const file = existsSync(join(folder, linked, 'index.html')) ? join(linked, 'index.html') : linked;
    if (!existsSync(join(folder, file)) || !statSync(join(folder, file)).isFile())
      broken.push(`${page}: ${link}: the page does not exist`);
    else if (anchor && file.endsWith('.html') && !readIds(file).has(decodeURIComponent(anchor)))
      broken.push(`${page}: ${link}: the page has no such anchor`);
  };
  for (const page of pages)
    for (const [, link = ''] of read(page).matchAll(/ (?:href|src)="([^"]*)"/g)) check(page, link);
  for (const link of links) check('index.html', link);
  return { pages: pages.length, links: checked, broken };
}
