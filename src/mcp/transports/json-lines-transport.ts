import type { Readable, Writable } from 'node:stream';
import {
  isJSONRPCRequest,
  type JSONRPCMessage,
  type JSONRPCRequest,
  ProtocolErrorCode,
  type RequestId,
  type Transport,
} from '@modelcontextprotocol/server';
import { toSafeJson } from '../sanitize-text.js';
import type { MessageEnvelope } from './envelope-scanner.js';
import { createError, isMessage, rejectInvalid } from './json-rpc.js';
import { LineSplitter } from './line-splitter.js';
import { PendingRequests, type Response } from './pending-requests.js';
import { parseMessages } from './tolerant-json.js';
import { MAX_MESSAGE_BYTES } from './types.js';

/** How long requests may take after the end of the input. */
const FINISH_TIMEOUT_MS = 5_000;
/** The only protocol revision with batches. */
const BATCH_REVISION = '2025-03-26';
/** A request that stays open until the connection ends. */
const LISTEN_METHOD = 'subscriptions/listen';

const TOO_LARGE =
  'The message is larger than 1 MiB, so the server discarded it. Nothing was done. Send less data at once.';
const NOT_FINISHED =
  'The input ended, and the server stopped this request after 5 s. A change may have been applied.';
const NO_BATCHES = `Batches need protocol revision ${BATCH_REVISION}. Send one message per line. Nothing was done.`;
const EMPTY_BATCH = 'The batch is empty.';

/** Its name appears in the log. */
class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';
}

type Outgoing = JSONRPCMessage | Response | readonly Response[];

export interface JsonLinesOptions {
  /** Called after the end of the input, when all requests are finished or were stopped. */
  readonly onFinished: () => void;
  /** Called once when the connection is closed. */
  readonly onClosed: () => void;
}

/**
 * Sends and receives JSON lines on two streams.
 *
 * Unlike the transport of the MCP SDK, it finishes the requests that arrived before the end of the input, it rejects a
 * message that is too large without closing the connection, and it accepts batches. It ignores lines that are not JSON.
 */
export class JsonLinesTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: <Message extends JSONRPCMessage>(message: Message) => void;

  readonly #input: Readable;
  readonly #output: Writable;
  readonly #options: JsonLinesOptions;
  readonly #lines = new LineSplitter(MAX_MESSAGE_BYTES, {
    onLine: (line) => this.#receiveLine(line),
    onLargeLine: (envelope) => this.#rejectLargeMessage(envelope),
  });
  readonly #pending = new PendingRequests();
  #acceptsBatches = false;
  #isClosed = false;
  #hasInputEnded = false;
  #finishTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(input: Readable, output: Writable, options: JsonLinesOptions) {
    this.#input = input;
    this.#output = output;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#output.on('error', this.#onError);
    this.#input
      .on('data', this.#onData)
      .on('end', this.#onInputEnd)
      .on('close', this.#onInputClose)
      .on('error', this.#onError);
    if (this.#input.readableEnded || this.#input.destroyed) setImmediate(this.#onInputEnd);
  }

  setProtocolVersion = (version: string): void => {
    this.#acceptsBatches = version === BATCH_REVISION;
  };

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) throw new Error('The connection is closed.');
    if ('method' in message || message.id === undefined) await this.#write(message);
    else await this.#write(this.#pending.settle(message.id, message));
    this.#finishIfIdle();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#finishTimer);
    this.#input.off('data', this.#onData).off('end', this.#onInputEnd).off('close', this.#onInputClose);
    this.#input.pause();
    this.onclose?.();
    this.#options.onClosed();
  }

  readonly #onData = (chunk: Buffer): void => this.#lines.write(chunk);

  readonly #onInputEnd = (): void => {
    if (this.#isClosed) return;
    this.#lines.end();
    this.#hasInputEnded = true;
    this.#finishTimer = setTimeout(() => this.#stopPending(), FINISH_TIMEOUT_MS);
    this.#finishIfIdle();
  };

  /** If the input closes before it has ended, the connection is broken. */
  readonly #onInputClose = (): void => {
    if (!this.#hasInputEnded) void this.close();
  };

  /** Stays registered after the connection is closed, because an error without a listener ends the process. */
  readonly #onError = (error: Error): void => {
    if (!this.#isClosed) this.onerror?.(error);
    void this.close();
  };

  #receiveLine(line: string): void {
    const value = parseMessages(line);
    if (value === undefined) return;
    if (Array.isArray(value)) this.#receiveBatch(value);
    else this.#receive(value);
  }

  #receive(value: unknown): void {
    if (isTracked(value)) this.#pending.add(value.id);
    if (isMessage(value)) this.#deliver(value);
    else this.#reply(rejectInvalid(value));
  }

  #receiveBatch(values: readonly unknown[]): void {
    if (!this.#acceptsBatches || values.length === 0) {
      this.#reply(createError(null, this.#acceptsBatches ? EMPTY_BATCH : NO_BATCHES));
      return;
    }
    const ids = values.filter(isTracked).map(({ id }) => id);
    const messages = values.filter(isMessage);
    const rejections = values
      .filter((value) => !isMessage(value))
      .map(rejectInvalid)
      .filter((response) => response !== undefined);
    this.#pending.addBatch(ids, rejections);
    if (ids.length === 0 && rejections.length > 0) this.#reply(rejections);
    for (const message of messages) this.#deliver(message);
  }

  #deliver(message: JSONRPCMessage): void {
    this.onmessage?.(message);
    if ('method' in message && message.method === 'notifications/cancelled')
      this.#reply(this.#pending.settle(message.params?.requestId as RequestId)); // a canceled request gets no response
  }

  #rejectLargeMessage({ hasMethod, isBatch, id }: MessageEnvelope): void {
    this.onerror?.(new MessageTooLarge());
    if (isBatch) this.#reply(createError(null, TOO_LARGE));
    else if (hasMethod && id !== undefined) this.#reply(createError(id, TOO_LARGE));
  }

  #stopPending(): void {
    for (const id of this.#pending.ids)
      this.#reply(this.#pending.settle(id, createError(id, NOT_FINISHED, ProtocolErrorCode.InternalError)));
    this.#options.onFinished();
  }

  #finishIfIdle(): void {
    if (!this.#hasInputEnded || this.#isClosed || this.#pending.ids.length > 0) return;
    this.#options.onFinished();
  }

  /** Sends a response that the server did not create. */
  #reply(response: Outgoing | undefined): void {
    void this.#write(response).catch((error) => this.onerror?.(error));
  }

  /** Escapes the whole line, because some clients show structured content to a model as it was sent. */
  #write(message: Outgoing | undefined): Promise<void> {
    if (message === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#output.write(`${toSafeJson(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** Whether a message is a request that does not stay open until the connection ends. */
const isTracked = (value: unknown): value is JSONRPCRequest =>
  isJSONRPCRequest(value) && value.method !== LISTEN_METHOD;
