import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/server';
import { ACCESS_DENIED, describeError, isPersonaError, ToolInputError } from './errors.js';

/** The error for an operation that the access policy of the client denies. */
export const accessDenied = (): ProtocolError =>
  new ProtocolError(ProtocolErrorCode.InternalError, ACCESS_DENIED);

/**
 * Runs a callback of a resource, prompt or list, and converts every error to a `ProtocolError`. The MCP SDK would send
 * the message of any other error to the client.
 *
 * @param uri The resource to read. If set, a missing persona causes a `ResourceNotFoundError`.
 */
export async function withProtocolErrors<Result>(
  work: () => Result | Promise<Result>,
  uri?: string,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toProtocolError(error, uri);
  }
}

const INVALID_PARAMS_CODES: ReadonlySet<string> = new Set(['invalid_input', 'rejected_input', 'not_found']);

function toProtocolError(error: unknown, uri: string | undefined): ProtocolError {
  if (error instanceof ProtocolError) return error;
  const message = describeError(error);
  const code = isPersonaError(error) ? error.code : undefined;
  if (uri !== undefined && code === 'not_found') return new ResourceNotFoundError(uri, message);
  const isInvalidParams =
    error instanceof ToolInputError || (code !== undefined && INVALID_PARAMS_CODES.has(code));
  return new ProtocolError(
    isInvalidParams ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
    message,
  );
}
