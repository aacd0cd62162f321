/**
 * Checks the links between the HTML pages of a folder, including anchors. Ignores links to other sites.
 *
 *   tsx scripts/check-links.ts docs/site
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const [folder = 'docs/site'] = process.argv.slice(2);
const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.html'),
);

const read = (page: string) => readFileSync(join(folder, page), 'utf8');
const idsByPage = new Map<string, Set<string>>();
function readIds(page: string): Set<string> {
  const ids =
    idsByPage.get(page) ?? new Set([...read(page).matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id));
  idsByPage.set(page, ids);
  return ids;
}

let checked = 0;
const broken: string[] = [];
for (const page of pages)
  for (const [, link = ''] of read(page).matchAll(/ (?:href|src)="([^"]*)"/g)) {
    if (link === '' || /^(?:[a-z]+:|\/\/)/i.test(link)) continue;
    checked++;
    const [path = '', anchor] = link.replaceAll('&amp;', '&').split('#');
    const target = relative(
      folder,
      resolve(folder, dirname(page), decodeURIComponent(path.split('?')[0] ?? '')),
    );
    const linked = path === '' ? page : target;
    const file = existsSync(join(folder, linked, 'index.html')) ? join(linked, 'index.html') : linked;
    if (!existsSync(join(folder, file)) || !statSync(join(folder, file)).isFile())
      broken.push(`${page}: ${link}: the page does not exist`);
    else if (anchor && file.endsWith('.html') && !readIds(file).has(decodeURIComponent(anchor)))
      broken.push(`${page}: ${link}: the page has no such anchor`);
  }

console.log(`${pages.length} pages, ${checked} links, ${broken.length} broken`);
for (const message of broken) console.error(message);
if (broken.length > 0 || checked === 0) process.exit(1);
