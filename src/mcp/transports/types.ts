/** The largest message that the server accepts, in bytes. */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** Called with transport errors. The MCP client never receives them. */
export type ErrorHandler = (error: Error) => void;

export interface Connection {
  /** Closes the connection and aborts the requests in flight. */
  close(): Promise<void>;
}

/** A listening MCP server. */
export interface McpListener extends Connection {
  /** A URL, `host:port`, or the path of a Unix socket. */
  readonly address: string;
}
