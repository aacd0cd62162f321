/**
 * Creates a signal that the first SIGINT or SIGTERM aborts. A second signal ends the process.
 *
 * Call `dispose` to restore the default handling.
 */
export function abortOnInterrupt(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error('interrupted'));
  process.once('SIGINT', abort).once('SIGTERM', abort);
  const dispose = () => void process.off('SIGINT', abort).off('SIGTERM', abort);
  return { signal: controller.signal, dispose };
}
