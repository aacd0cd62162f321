/**
 * Follows every link between the pages of a folder, their anchors too; links that leave it are not followed.
 *
 *   tsx scripts/check-links.ts docs/site
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const [folder = 'docs/site'] = process.argv.slice(2);
const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.html'),
);

const idsOf = new Map<string, Set<string>>();
const textOf = (page: string) => readFileSync(join(folder, page), 'utf8');
function ids(page: string): Set<string> {
  const known =
    idsOf.get(page) ?? new Set([...textOf(page).matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id));
  idsOf.set(page, known);
  return known;
}

let followed = 0;
const broken: string[] = [];
for (const page of pages)
  for (const [, link = ''] of textOf(page).matchAll(/ (?:href|src)="([^"]*)"/g)) {
    if (link === '' || /^(?:[a-z]+:|\/\/)/i.test(link)) continue;
    followed++;
    const [path = '', anchor] = link.replaceAll('&amp;', '&').split('#');
    const target = relative(
      folder,
      resolve(folder, dirname(page), decodeURIComponent(path.split('?')[0] ?? '')),
    );
    const found = path === '' ? page : target;
    const file = existsSync(join(folder, found, 'index.html')) ? join(found, 'index.html') : found;
    if (!existsSync(join(folder, file)) || !statSync(join(folder, file)).isFile())
      broken.push(`${page}: ${link} leads nowhere`);
    else if (anchor && file.endsWith('.html') && !ids(file).has(decodeURIComponent(anchor)))
      broken.push(`${page}: ${link}, whose page has no such place`);
  }

console.log(`${pages.length} pages, ${followed} links, ${broken.length} broken`);
for (const one of broken) console.error(one);
if (broken.length > 0 || followed === 0) process.exit(1);
