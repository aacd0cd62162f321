import OpenAI from 'openai';
import { signIn } from './token.mjs';

/** A much used client that is generated, with retries and timeouts; its `get` is for paths that it does not know. */
export async function open(url) {
  const api = new OpenAI({ baseURL: `${url}/api/v1`, apiKey: await signIn(url) });
  return { get: (id) => api.get(`/personas/${id}`) };
}
