import { ERROR_BRAND } from './error-codes.js';
import { ignoreErrors } from './ignore-errors.js';

/**
 * Where the application called a method: an object with a `stack`, which only V8 sets. If it is an `Error`, which is the fastest, the
 * first frame is that of the method.
 */
export interface CallSite {
  readonly stack?: unknown;
}

/** How many frames of the error itself remain above those of the caller. */
const MAX_OWN_FRAMES = 4;

/**
 * Key of the request option with the call site of a method that makes several calls, such as `createMany`. Without the option, each
 * call captures its own.
 */
export const CALL_SITE = Symbol.for('persona-client.callSite');

/** Request options of a call that another method makes. */
export interface CallSiteOption {
  readonly [CALL_SITE]?: CallSite;
}

/**
 * Captures the stack of the callers of a function. After an `await` in that function, the stack contains at most the async
 * functions that await it. A capture takes a few microseconds, so a cache hit must not make one. V8 formats the text on first
 * use.
 *
 * @param method the last function to omit. It must be running.
 */
export function captureCallSite(method: (...args: never[]) => unknown): CallSite {
  const site = {};
  ignoreErrors(() => (Error as Partial<ErrorConstructor>).captureStackTrace?.(site, method));
  return site;
}

/** Returns the call site in request options, if there is one. */
export const findCallSite = (options?: CallSiteOption): CallSite | undefined =>
  options && ignoreErrors(() => options[CALL_SITE]);

/**
 * Creates an error without stack frames, because each frame takes up to a microsecond, and {@link addCaller} adds those of the
 * caller. Use this for errors that a program may cause thousands of times per second. If an application has made `stackTraceLimit`
 * read-only, the error has the usual frames.
 */
export function withoutFrames<E extends Error>(createError: () => E): E {
  const { stackTraceLimit } = Error as Partial<ErrorConstructor>;
  if (stackTraceLimit === undefined || !Reflect.set(Error, 'stackTraceLimit', 0)) return createError();
  try {
    return createError();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Runs the work of a method, so that the stack of an error ends with the caller. */
export async function withCaller<T>(site: CallSite, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw addCaller(error, site);
  }
}

/**
 * Makes the stack of a `PersonaError` end with the caller, and returns the error. Otherwise the stack may end in the client: V8
 * keeps ten frames, and timers and shared work break the chain of async callers.
 *
 * Formats the stack on first use, because applications handle many errors without looking at it.
 *
 * @param sites the candidates. The first one with a frame outside of Node.js is the caller.
 */
export function addCaller<E>(error: E, ...sites: readonly (CallSite | undefined)[]): E {
  if (!(ERROR_BRAND in Object(error))) return error;
  const own = Object.getOwnPropertyDescriptor(error, 'stack');
  if (!own?.configurable) return error;
  const set = (value: unknown) =>
    void Object.defineProperty(error, 'stack', { value, writable: true, configurable: true });
  const get = () => {
    const stack = joinStacks(own.get ? own.get.call(error) : own.value, sites);
    set(stack);
    return stack;
  };
  return Object.defineProperty(error, 'stack', { get, set, configurable: true });
}

function joinStacks(own: unknown, sites: readonly (CallSite | undefined)[]): unknown {
  const callerFrames = sites
    .map((site) => ignoreErrors(() => findFrames(site?.stack).slice(site instanceof Error ? 1 : 0)) ?? [])
    .find((frames) => frames.some((frame) => !frame.includes('(node:')));
  if (!callerFrames) return own;
  const ownFrames = findFrames(own);
  const firstCommon = ownFrames.findIndex((frame) => callerFrames.includes(frame));
  const keptCount = Math.min(MAX_OWN_FRAMES, firstCommon < 0 ? ownFrames.length : firstCommon);
  return [String(own).split('\n', 1)[0], ...ownFrames.slice(0, keptCount), ...callerFrames].join('\n');
}

/** Returns the frames of a stack in the format of V8. An application can format stacks in another way. */
const findFrames = (stack: unknown): string[] =>
  typeof stack === 'string' ? stack.split('\n').filter((line) => /^ +at /.test(line)) : [];
