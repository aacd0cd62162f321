/** The largest message taken from a client, in bytes. */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** Told of what went wrong on the wire; nothing of it reaches the client. */
export type Report = (error: Error) => void;

export interface Connection {
  /** End it, and what is under way in it. */
  close(): Promise<void>;
}

/** A listening server. */
export interface ListeningMcp extends Connection {
  /** Where it listens: a URL, `host:port`, or a path. */
  readonly address: string;
}
