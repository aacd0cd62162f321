/**
 * Builds the documentation site in `docs/site`, checks its links, and asks its search the questions of `questions.ts`.
 *
 *   npm run docs
 */
import { buildSite } from './build.js';
import { checkLinks } from './check-links.js';
import { findUnanswered, QUESTIONS } from './questions.js';
import { createSearch } from './search.js';

const FOLDER = 'docs/site';

const sections = await buildSite(FOLDER);
const { pages, links, broken } = checkLinks(
  FOLDER,
  sections.map(({ url }) => url),
);
const unanswered = findUnanswered(createSearch(sections));

for (const message of [...broken, ...unanswered]) console.error(message);
console.log(
  `${pages} pages, ${links} links of which ${broken.length} are broken, ` +
    `${QUESTIONS.length - unanswered.length} of ${QUESTIONS.length} questions answered by the first three results`,
);
if (links === 0 || broken.length + unanswered.length > 0) process.exitCode = 1;
