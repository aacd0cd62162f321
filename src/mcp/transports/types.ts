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

/** Options of `listenMcpHttp()`. */
export interface HttpOptions {
  /** The port to listen on. 0 chooses a free port. @default 8124 */
  readonly port?: number;
  /** The address to listen on. An address that is not loopback requires `token` and `allowedHosts`. @default '127.0.0.1' */
  readonly host?: string;
  /**
   * Host names that clients use for this server, without the port. The server rejects requests whose `Host` or `Origin`
   * is not in the list. On loopback, `localhost` and its addresses are always allowed.
   *
   * @default none
   */
  readonly allowedHosts?: readonly string[];
  /** The token that clients must send as `Authorization: Bearer`. The service never receives it. @default none */
  readonly token?: string;
}

/** A TCP port on a loopback host (default `127.0.0.1`), or the path of a Unix socket. */
export type SocketOptions =
  | {
      /** TCP port. */
      readonly port: number;
      /** Loopback host. @default '127.0.0.1' */
      readonly host?: string;
    }
  | {
      /** Path of a Unix socket. */
      readonly path: string;
    };
