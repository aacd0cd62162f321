import { viewPage } from '../field-page.js';
import { fitToBudget, type View } from '../fit-to-budget.js';
import { type MarkedText, splitMarkedText } from '../marks.js';
import { FIELD_LIMITS } from '../persona-view.js';
import { stripInvisible } from '../sanitize-text.js';
import { createLossError, createMarkError } from './edit-error.js';

/** Removes invisible characters from a text with an unpaired surrogate, because no service stores one. */
export const storable = (text: string): string => (/\p{Surrogate}/u.test(text) ? stripInvisible(text) : text);

/** Whether a model sees the stored text as `shown`, whole or shortened to any part. */
export function isShownAs(stored: string, shown: string): boolean {
  const text = stripInvisible(stored);
  if (text === shown) return true;
  const marked = splitMarkedText(shown);
  return marked !== undefined && marked.before + marked.after === '' && isPartOf(text, marked);
}

/** Whether the marks leave exactly the shown part of the text. */
const isPartOf = (text: string, { shown, earlier, more }: MarkedText): boolean =>
  text.length === earlier + shown.length + more && text.startsWith(shown, earlier);

/** Restores the parts that the marks stand for. What the model changed in the shown part or added around it stays. */
export function restoreText(
  stored: string,
  view: View | undefined,
  written: string,
  mayDiscard: boolean,
): string {
  if (isShownAs(stored, written)) return storable(stored);
  const text = stripInvisible(stored);
  const start = written.indexOf(text);
  if (!view?.isComplete && text !== '' && start !== -1) {
    const around = [written.slice(0, start), written.slice(start + text.length)];
    if (around.some(splitMarkedText)) throw createMarkError(text);
    return around.join(storable(stored));
  }
  const marked = splitMarkedText(written);
  if (marked) return restoreParts(stored, view, marked);
  if (!mayDiscard && !view?.isComplete && text !== '') throw createLossError(text);
  return written;
}

function restoreParts(stored: string, view: View | undefined, marked: MarkedText): string {
  const { before, earlier, shown, more, after } = marked;
  const text = stripInvisible(stored);
  if ([before, shown, after].some(splitMarkedText)) throw createMarkError(text);
  if (isPartOf(text, marked)) return before + storable(stored) + after;
  const end = text.length - more;
  const part = text.slice(earlier, Math.max(earlier, end));
  const views = [...(view ? [view] : []), fitToBudget(text, FIELD_LIMITS), viewPage(text, earlier).view];
  const isShown = views
    .map((candidate) => splitMarkedText(String(candidate.shown)))
    .some((candidate) => candidate?.earlier === earlier && candidate.more === more);
  if (!isShown || !isSimilar(part, shown)) throw createMarkError(text);
  return before + text.slice(0, earlier) + shown + text.slice(end) + after;
}

const PIECE = /.{1,20}/gsu;

/** Whether the changed text contains most pieces of the original one. */
function isSimilar(original: string, changed: string): boolean {
  const pieces = original.match(PIECE) ?? [];
  return pieces.filter((piece) => changed.includes(piece)).length * 2 > pieces.length;
}
