/**
 * A recording cannot be read, written or replayed.
 *
 * A client rejects with this error at once, and does not retry: the test is wrong, not the connection.
 */
export class RecordingError extends Error {
  /** Name of the class. */
  override readonly name = 'RecordingError';
  /** Marks the error as one that a client passes on unchanged. */
  readonly digest = 'persona-client-recording';
}
