/**
 * Connects the search to the dialog of each page. `build.ts` bundles this file into `assets/search.js`, after the
 * sections. TypeDoc's own script opens the dialog and moves through the results by keyboard.
 */
import { createSearch, type Search, type Section } from './search.js';

declare global {
  interface Window {
    siteSections: readonly Section[];
  }
}

const EXCERPT_LENGTH = 140;

/** Makes the dialog show the results of what is typed. */
function connectDialog(): void {
  const find = (id: string) => document.getElementById(id) as HTMLElement;
  const input = find('tsd-search-input') as HTMLInputElement;
  const list = find('tsd-search-results');
  const status = find('tsd-search-status');
  /** Indexing takes a moment, so it waits for the first search. */
  let search: Search | undefined;

  const showResults = () => {
    const query = input.value.trim();
    if (query !== '') search ??= createSearch(window.siteSections);
    const results = search?.(query) ?? [];
    list.replaceChildren(...results.map(renderResult));
    status.textContent = query !== '' && results.length === 0 ? `No results for "${query}"` : '';
    input.setAttribute('aria-activedescendant', '');
  };
  input.addEventListener('input', showResults);
  showResults();
}

function renderResult({ url, page, title, text }: Section, index: number): HTMLElement {
  const link = document.createElement('a');
  link.href = (document.documentElement.dataset.base ?? './') + url;
  link.tabIndex = -1;
  const heading = document.createElement('strong');
  heading.textContent = title === page ? page : `${page} › ${title}`;
  const excerpt = document.createElement('span');
  excerpt.textContent = text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text;
  link.append(heading, excerpt);
  const item = document.createElement('li');
  item.id = `search-result-${index}`;
  item.role = 'option';
  item.ariaSelected = 'false';
  item.append(link);
  return item;
}

// Pages load this script asynchronously.
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', connectDialog);
else connectDialog();
