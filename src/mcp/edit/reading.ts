import { viewPage } from '../field-page.js';
import { fitToBudget, type View } from '../fit-to-budget.js';
import type { Missing } from '../marks.js';
import { FIELD_LIMITS } from '../persona-view.js';
import { createLossError, createMarkError } from './edit-error.js';

/** The part of a list or map that a model saw before the write. */
export interface Reading {
  readonly marks: Missing | undefined;
  /** The number of stored entries. */
  readonly total: number;
  /** The entries that the model saw. The marks stand for the others. */
  readonly entries: View['entries'];
}

type Key = string | number;

/**
 * Finds what the model saw of the stored list or map: the view whose marks are those of the written value.
 *
 * @param marks each mark of the written value.
 * @throws {EditError} if no reading has these marks.
 */
export function findReading(stored: object, view: View | undefined, marks: readonly Missing[]): Reading {
  const total = Object.keys(stored).length;
  if (marks.length === 0) return { marks: undefined, total, entries: view?.entries ?? new Map() };
  const [earlier, more] = [sum(marks.map((mark) => mark.earlier)), sum(marks.map((mark) => mark.more))];
  const isRepeated = marks.some((mark, index) =>
    marks.slice(index + 1).some((other) => mark.earlier * other.earlier + mark.more * other.more > 0),
  );
  const views = [
    ...(earlier === 0 ? [view, fitToBudget(stored, FIELD_LIMITS)] : []),
    viewPage(stored, earlier).view,
  ];
  const reading = views.find((candidate) => candidate?.entries.size === total - earlier - more);
  if (isRepeated || !reading) throw createMarkError(undefined);
  return { marks: { earlier, more }, total, entries: reading.entries };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** The keys of the stored entries of a list or map, by what a write does to each entry. */
interface Written {
  /** Neither written nor restored by a mark. */
  readonly omitted: readonly Key[];
  /** Written back unchanged. A nested list or map counts if most of its entries are unchanged. */
  readonly kept: readonly Key[];
  /** Written back, changed or not. */
  readonly present: readonly Key[];
}

/**
 * Checks that the marks were read from this stored value, and that the write discards only what the model saw.
 *
 * Marks of another value could have the same counts. So the written value must have most of the entries that the reading
 * shows. If it has a stored entry that the reading does not show, the stored value has changed since the model read it.
 *
 * @throws {EditError} if a check fails.
 */
export function checkWritten(
  { marks, total, entries }: Reading,
  written: Written,
  mayDiscard: boolean,
): void {
  const { omitted, kept, present } = written;
  const shownCount = kept.filter((key) => entries.has(key)).length;
  if (marks && !isMost(shownCount, entries.size)) throw createMarkError(undefined);
  if (mayDiscard || omitted.length === 0) return;
  if (marks && present.some((key) => !entries.has(key))) throw createMarkError(undefined);
  const isPartial = !marks && entries.size < total;
  if (isPartial || omitted.some((key) => !entries.get(key)?.isComplete)) throw createLossError(undefined);
}

/** Whether the count is more than half of the total, or the total is 0. */
export const isMost = (count: number, total: number): boolean => total === 0 || count * 2 > total;
