import { InterruptError } from './errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const EXIT_TIMEOUT_MS = 100;

/**
 * Creates a signal that the first SIGINT or SIGTERM aborts. A second one ends the process.
 *
 * Call `dispose` to restore the default handling.
 */
export function abortOnInterrupt(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      dispose();
      endProcess(signal);
    } else controller.abort(new InterruptError('Interrupted.'));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const dispose = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  return { signal: controller.signal, dispose };
}

/** Ends an interrupted process even if it still waits for a file, such as a pipe without a writer. */
export const endIfBlocked = (): void => void setTimeout(() => endProcess('SIGINT'), EXIT_TIMEOUT_MS).unref();

/** Ends the process by a signal, because `process.exit` waits for blocked reads of files. */
function endProcess(signal: NodeJS.Signals): void {
  process.emit('exit', process.exitCode === undefined ? 0 : Number(process.exitCode)); // removes temporary files
  process.kill(process.pid, signal);
}
