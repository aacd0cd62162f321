import type { JSONRPCResponse, RequestId } from '@modelcontextprotocol/server';
import type { ErrorResponse } from './json-rpc.js';

export type Response = JSONRPCResponse | ErrorResponse;

/** The responses of a batch, which the server sends as one array. */
interface Batch {
  remaining: number;
  readonly responses: Response[];
}

/** The requests of a connection that have no response yet. Collects the responses of each batch. */
export class PendingRequests {
  readonly #batches = new Map<RequestId, Batch | undefined>();

  get ids(): readonly RequestId[] {
    return [...this.#batches.keys()];
  }

  add(id: RequestId): void {
    this.#batches.set(id, undefined);
  }

  /**
   * Adds the requests of a batch.
   *
   * @param responses The responses that already exist, such as those to invalid messages.
   */
  addBatch(ids: readonly RequestId[], responses: readonly Response[]): void {
    const batch: Batch = { remaining: ids.length, responses: [...responses] };
    for (const id of ids) this.#batches.set(id, batch);
  }

  /**
   * Removes a request.
   *
   * @param response Its response, or `undefined` if the client has canceled the request.
   * @returns what to send now: the response, or all responses of its batch after the last of them.
   */
  settle(id: RequestId, response?: Response): Response | readonly Response[] | undefined {
    const batch = this.#batches.get(id);
    this.#batches.delete(id);
    if (batch === undefined) return response;
    if (response) batch.responses.push(response);
    batch.remaining--;
    return batch.remaining === 0 && batch.responses.length > 0 ? batch.responses : undefined;
  }
}
