import { loadNodeBuiltin } from '../core/node-builtin.js';
import type { JsonValue } from '../schemas/plain-data.js';
import { isPlainObject } from '../schemas/plain-data.js';
import type { RequestRecord } from './recorded-request.js';
import { RecordingError } from './recording-error.js';
import type { RecordedBody } from './redact-body.js';

/** A response as a recording contains it, without secrets. */
export interface ResponseRecord extends RecordedBody {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A request and its response. */
export interface RecordedExchange {
  readonly request: RequestRecord;
  readonly response: ResponseRecord;
}

/** The content of a file of `recordFetch`. */
export interface Recording {
  readonly version: 1;
  /** The names that the option `redact` added. */
  readonly redact: readonly string[];
  /** In the order in which the requests started. */
  readonly exchanges: readonly RecordedExchange[];
}

/** Longer values take several lines. */
const LINE_LENGTH = 110;

/** Formats a value as JSON, with short values on one line. */
function format(value: JsonValue, indent = ''): string {
  const line = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || indent.length + line.length <= LINE_LENGTH) return line;
  const inner = `${indent} `;
  const lines = Array.isArray(value)
    ? value.map((item) => `${inner}${format(item, inner)}`)
    : Object.entries(value).map(([name, item]) => `${inner}${JSON.stringify(name)}: ${format(item, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

/** Formats an exchange as part of a file. */
export const formatExchange = (exchange: RecordedExchange): string =>
  `  ${format(exchange as unknown as JsonValue, '  ')}`;

/** Formats a file from its formatted exchanges. */
export const formatRecording = (redact: readonly string[], exchanges: readonly string[]): string =>
  `{\n "version": 1,\n "redact": ${JSON.stringify(redact)},\n "exchanges": [${
    exchanges.length === 0 ? '' : `\n${exchanges.join(',\n')}\n `
  }]\n}\n`;

/**
 * Returns the file system of the runtime.
 *
 * @param source names the function in errors.
 */
function loadFileSystem(source: string) {
  const fs = loadNodeBuiltin('node:fs');
  if (fs === undefined) throw new RecordingError(`${source} needs a file system: Node.js, Deno or Bun`);
  return fs;
}

/** Reads a recording. Returns `undefined` if the file does not exist. */
export function readRecording(source: string, file: string | URL): Recording | undefined {
  const fs = loadFileSystem(source);
  let recording: unknown;
  try {
    recording = JSON.parse(fs.readFileSync(file, 'utf8').replace(/^\ufeff/, '')); // some editors add a byte order mark
  } catch (error) {
    if (Object(error).code === 'ENOENT') return undefined;
    throw new RecordingError(`${source}: cannot read ${file}. Record it again.`, { cause: error });
  }
  if (!isRecording(recording))
    throw new RecordingError(`${source}: ${file} is not a recording of this version. Record it again.`);
  return recording;
}

function isRecording(value: unknown): value is Recording {
  if (!isPlainObject(value) || value.version !== 1) return false;
  const { redact, exchanges } = value;
  return (
    Array.isArray(redact) &&
    redact.every((name) => typeof name === 'string') &&
    Array.isArray(exchanges) &&
    exchanges.every(
      ({ request, response }) =>
        typeof request?.method === 'string' &&
        typeof request.path === 'string' &&
        Number.isInteger(response?.status) &&
        response.status >= 200 &&
        response.status <= 599 &&
        isPlainObject(response.headers),
    )
  );
}

const HANDLED = 'The service has handled the request, but it is not recorded.';

/** Replaces a file in one step, so that it is complete at all times. */
export class RecordingFile {
  readonly #fs;
  readonly #file: string | URL;
  /** Identifies the last version that this object wrote. */
  #version: string | undefined;

  constructor(file: string | URL) {
    this.#fs = loadFileSystem('recordFetch');
    this.#file = file;
  }

  /** @throws {RecordingError} if another program has changed the file since the last write. */
  write(text: string): void {
    if (this.#version !== undefined && this.#readVersion() !== this.#version)
      throw new RecordingError(
        `recordFetch: another program changed ${this.#file}. ${HANDLED} Give each recorder its own file.`,
      );
    let temporary: string | URL | undefined;
    try {
      const { path, mode } = this.#findTarget();
      const suffix = `.${crypto.randomUUID()}.tmp`;
      temporary = typeof path === 'string' ? path + suffix : new URL(path.href + suffix);
      this.#fs.writeFileSync(temporary, text, { flag: 'wx', mode });
      this.#fs.renameSync(temporary, path);
    } catch (error) {
      if (temporary !== undefined) this.#fs.rmSync(temporary, { force: true });
      const reason = error instanceof RecordingError ? `: it is ${error.message}` : '';
      const effect = this.#version === undefined ? 'Nothing was sent.' : HANDLED;
      throw new RecordingError(`recordFetch: cannot write ${this.#file}${reason}. ${effect}`, {
        cause: error,
      });
    }
    this.#version = this.#readVersion();
  }

  /** Returns the file that links lead to, and its permissions. A rename would replace a link, a pipe or a device. */
  #findTarget(): { readonly path: string | URL; readonly mode: number } {
    const stats = this.#fs.statSync(this.#file, { throwIfNoEntry: false });
    if (stats?.isFile()) return { path: this.#fs.realpathSync(this.#file), mode: stats.mode & 0o777 };
    if (stats) throw new RecordingError('not a regular file');
    if (this.#fs.lstatSync(this.#file, { throwIfNoEntry: false }))
      throw new RecordingError('a link to a file that does not exist');
    return { path: this.#file, mode: 0o666 };
  }

  #readVersion(): string | undefined {
    const stats = this.#fs.statSync(this.#file, { throwIfNoEntry: false });
    return stats && `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
  }
}
