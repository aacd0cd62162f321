/** Writes THIRD_PARTY_LICENSES: the license of every package whose code the bundler puts into dist. `--check [file]` only compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type BundledPackage, listBundledPackages } from './bundled-packages.js';

const [option, file] = process.argv.slice(2);
const target = file ?? new URL('../THIRD_PARTY_LICENSES', import.meta.url);

const formatPackage = ({ name, version, license, entries, vendoredBy }: BundledPackage) =>
  `${name} ${version} (${license})\n\nIn ${entries.join(', ')}${vendoredBy ? `, as a part of ${vendoredBy}` : ''}.`;

/** Formats packages that have one license text in common. */
const formatGroup = (group: readonly BundledPackage[]) =>
  [
    ...group.map(formatPackage),
    group[0]?.licenseText
      .replace(MIT_NOTICE, (text) => (isSameText(text, notice) ? MIT_REFERENCE : text))
      .replace(APACHE_TERMS, (text) => (isSameText(text, terms) ? APACHE_REFERENCE : text)),
  ].join('\n\n');

/** Compares the words. Line breaks, the kind of quotes, and one article in the Apache License may differ. */
const isSameText = (left: string, right: string) => normalizeText(left) === normalizeText(right);
const normalizeText = (text: string) =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('"', "'")
    .replaceAll('submitted to the Licensor', 'submitted to Licensor')
    .trim();

/** The MIT License without its title and the copyright. Most packages have it, and it is written once. */
const MIT_NOTICE = /^Permission is hereby granted, free of charge,[\s\S]*? DEALINGS IN THE\s+SOFTWARE\.$/m;
const MIT_REFERENCE = '[permission notice of the MIT License, at the end of this file]';
/** The Apache License without the appendix. It is written once, too. */
const APACHE_TERMS = /^ *Apache License\s+Version 2\.0,[\s\S]*?\n *END OF TERMS AND CONDITIONS$/m;
const APACHE_REFERENCE = '[terms of the Apache License, at the end of this file]';

const separator = `\n\n${'-'.repeat(80)}\n\n`;
const introduction = 'The files in dist contain code of these packages, each under its own license.';
const packages = await listBundledPackages();
const [notice = ''] = MIT_NOTICE.exec(packages.find(({ name }) => name === 'zod')?.licenseText ?? '') ?? [];
const [terms = ''] = APACHE_TERMS.exec(packages.map(({ licenseText }) => licenseText).join('\n')) ?? [];
const texts = [...new Set(packages.map(({ licenseText }) => licenseText))];
const groups = texts.map((text) => packages.filter(({ licenseText }) => licenseText === text));
const ending = [
  `Permission notice of the MIT License\n\n${notice}`,
  `Terms of the Apache License\n\n${terms}`,
];
const content = `${[introduction, ...groups.map(formatGroup), ...ending].join(separator)}\n`;

if (option !== '--check') writeFileSync(target, content);
else if (readFileSync(target, 'utf8') !== content) {
  console.error(
    `THIRD_PARTY_LICENSES differs from the bundled packages. Run npm run licenses. Bundled: ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')}.`,
  );
  process.exit(1);
}
