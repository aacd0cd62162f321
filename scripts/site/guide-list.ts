/** Makes the list of guides for the home page. */
import { GUIDE_GROUPS, REFERENCE, type SiteDocument } from './documents.js';

/** Returns the documents of each group as links, in HTML. */
export function renderGuideList(
  documents: readonly SiteDocument[],
  getUrl: (document: SiteDocument) => string,
): string {
  const groups = [...GUIDE_GROUPS, REFERENCE].map((group) => {
    const links = documents
      .filter((document) => document.group === group)
      .map((document) => `<li><a href="${getUrl(document)}">${escapeHtml(document.title)}</a></li>`);
    return links.length > 0 ? `<div><h3>${group}</h3><ul>${links.join('')}</ul></div>` : '';
  });
  return `<div class="guide-list">${groups.join('')}</div>`;
}

const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
