import ky from 'ky';
import { logIn } from './token.mjs';

export async function open(url) {
  const api = ky.create({
    baseUrl: `${url}/api/v1/`,
    headers: { authorization: `Bearer ${await logIn(url)}` },
  });
  return { get: (id) => api.get(`personas/${id}`).json() };
}
