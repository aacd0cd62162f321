import OpenAI from 'openai';
import { logIn } from './token.mjs';

/** A popular generated client with retries and timeouts. `get` sends requests to any path. */
export async function open(url) {
  const api = new OpenAI({ baseURL: `${url}/api/v1`, apiKey: await logIn(url) });
  return { get: (id) => api.get(`/personas/${id}`) };
}
