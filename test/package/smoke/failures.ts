/**
 * The program of the failure matrix: calls to broken servers, from every runtime.
 *
 * It uses only web platform APIs. The servers run elsewhere, on sockets.
 */
import { PersonaClient, PersonaError, PersonaTimeoutError } from 'persona-client';

export const CALL_NAMES = ['read', 'create', 'login'] as const;
export type CallName = (typeof CALL_NAMES)[number];

/** One call to one broken server. */
export interface Cell {
  readonly call: CallName;
  readonly baseUrl: string;
  /** Requested before the call, so that the call reuses a connection. */
  readonly warmUpUrl?: string | undefined;
  readonly timeoutMs: number;
  /** Number of failed attempts that open the circuit. */
  readonly failMax: number;
}

/** What an application sees of a failed call. */
export interface CellResult {
  /** Name of the error's class. */
  readonly error: string;
  readonly attempts: number;
  readonly maybeApplied: boolean;
  /**
   * The failed attempts that the circuit breaker had counted when its circuit opened. 0 if it did not open. Missing if the process was
   * suspended so long that the client counts no timeout.
   */
  readonly countedFailures?: number;
}

/** On a busy machine, a process can be suspended. Longer suspensions keep the client from counting a timeout. */
const MAX_SUSPENSION_MS = 250;

/** Makes the calls, two at a time. */
export async function runCells(
  cells: readonly Cell[],
): Promise<{ readonly results: readonly CellResult[]; readonly uncaught: readonly string[] }> {
  const uncaught = recordUncaughtErrors();
  const results: CellResult[] = [];
  const queue = cells.entries();
  const worker = async () => {
    for (const [index, cell] of queue) results[index] = await runCell(cell);
  };
  await Promise.all([worker(), worker()]);
  await new Promise((resolve) => setTimeout(resolve)); // platforms report an unhandled rejection after the turn
  return { results, uncaught: uncaught.list() };
}

async function runCell({ call, baseUrl, warmUpUrl, timeoutMs, failMax }: Cell): Promise<CellResult> {
  if (warmUpUrl) await (await fetch(warmUpUrl)).text();
  const client = new PersonaClient({
    baseUrl,
    timeoutMs,
    allowInsecureAuth: true,
    dialect: 'subresource',
    cache: false,
    retry: { limit: 1, backoffMs: 1 },
    breaker: { failMax },
  });
  let countedFailures = 0;
  client.on('circuit', ({ failures }) => {
    countedFailures = failures;
  });
  const startedAt = performance.now();
  const error = await CALLS[call](client).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  client.close();
  const elapsedMs = performance.now() - startedAt;
  if (!(error instanceof PersonaError))
    return { error: `no PersonaError: ${String(error)}`, attempts: 0, maybeApplied: false };
  const { name, attempts, maybeApplied } = error;
  const isLate = error instanceof PersonaTimeoutError && error.scope === 'deadline';
  return {
    error: isLate ? `${name} of the deadline` : name,
    attempts,
    maybeApplied,
    ...(elapsedMs < attempts * timeoutMs + MAX_SUSPENSION_MS && { countedFailures }),
  };
}

const CALLS: Record<CallName, (client: PersonaClient) => Promise<unknown>> = {
  read: (client) => client.personas.get(1),
  create: (client) => client.personas.create({ name: 'Ada' }),
  login: (client) => client.auth.login({ username: 'ada', password: 'secret' }),
};

/** Collects uncaught errors and unhandled rejections of the process, the page or the worker. */
function recordUncaughtErrors(): { readonly list: () => string[] } {
  const errors: unknown[] = [];
  const rejections = new Map<unknown, unknown>();
  const { process } = globalThis as {
    process?: { on?(event: string, listener: (...args: unknown[]) => void): void };
  };
  process?.on?.('uncaughtException', (error) => errors.push(error));
  process?.on?.('unhandledRejection', (reason, promise) => rejections.set(promise, reason));
  process?.on?.('rejectionHandled', (promise) => rejections.delete(promise));
  const listen = <T>(type: string, listener: (event: T) => void) =>
    globalThis.addEventListener?.(type, listener as unknown as EventListener);
  listen<ErrorEvent>('error', ({ error, message }) => errors.push(error ?? message));
  listen<PromiseRejectionEvent>('unhandledrejection', ({ promise, reason }) =>
    rejections.set(promise, reason),
  );
  // Old compatibility dates of workerd report each promise that is not handled in the same microtask.
  listen<PromiseRejectionEvent>('rejectionhandled', ({ promise }) => rejections.delete(promise));
  return { list: () => [...errors, ...rejections.values()].map(String) };
}
