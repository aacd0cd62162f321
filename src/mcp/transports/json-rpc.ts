import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  type JSONRPCMessage,
  ProtocolErrorCode,
  type RequestId,
} from '@modelcontextprotocol/server';

/** An error response. Its id is `null` if the request has no valid id. */
export interface ErrorResponse {
  readonly jsonrpc: '2.0';
  readonly id: RequestId | null;
  readonly error: { readonly code: number; readonly message: string };
}

const INVALID_MESSAGE = 'The message is not a valid JSON-RPC message. Nothing was done.';

/** Whether a value is a message that the MCP SDK accepts. */
export const isMessage = (value: unknown): value is JSONRPCMessage =>
  isJSONRPCRequest(value) || isJSONRPCNotification(value) || isJSONRPCResponse(value);

export const createError = (
  id: RequestId | null,
  message: string,
  code: number = ProtocolErrorCode.InvalidRequest,
): ErrorResponse => ({ jsonrpc: '2.0', id, error: { code, message } });

/** Creates the error for a value that is not a valid message. An invalid response gets none. */
export function rejectInvalid(value: unknown): ErrorResponse | undefined {
  if (typeof value !== 'object' || value === null) return createError(null, INVALID_MESSAGE);
  const { id, method } = value as { id?: unknown; method?: unknown };
  if (method === undefined && ('result' in value || 'error' in value)) return undefined;
  return createError(
    typeof id === 'string' || Number.isSafeInteger(id) ? (id as RequestId) : null,
    INVALID_MESSAGE,
  );
}
