import { PersonaError } from '../core/errors/index.js';
import { escapeControls } from '../core/safe-text.js';
import { formatItems } from './output.js';

interface Progress {
  readonly succeeded: number;
  readonly doubtful: readonly number[];
}

/** Adds the progress of the import to the message of an error, such as a full disk. */
export function addProgress(
  error: unknown,
  { succeeded, doubtful }: Progress,
  journalPath: string | undefined,
): unknown {
  if (error instanceof PersonaError || !(error instanceof Error)) return error;
  const doubt = doubtful.length > 0 ? ` ${formatItems(doubtful.length, 'more persona')} may exist.` : '';
  const progress = `The import stopped after ${formatItems(succeeded, 'persona')}.${doubt}`;
  return new Error(`${error.message} ${progress} ${resumeAdvice(journalPath)}`, { cause: error });
}

/** Says whether the same command resumes an import that has stopped. */
export const resumeAdvice = (journalPath: string | undefined): string =>
  journalPath === undefined
    ? 'This run cannot be resumed, because it has no journal.'
    : `Run the same command again to resume. Progress is recorded in ${escapeControls(journalPath)}.`;

/** Says what to do about rows whose persona may exist. */
export const doubtfulAdvice = (journalPath: string | undefined): string =>
  `The personas of these rows may exist, and the service may hide them from its list. ${
    journalPath === undefined
      ? "Look for each in the service's database before you import its row again."
      : "Repair the service, then run the same command again: it finds them, and creates only what is certainly missing. Or look for each in the service's database."
  }`;
