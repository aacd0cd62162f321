import createClient from 'openapi-fetch';
import { logIn } from './token.mjs';

export async function open(url) {
  const api = createClient({ baseUrl: url, headers: { authorization: `Bearer ${await logIn(url)}` } });
  return {
    get: async (id) => {
      const { data, error } = await api.GET('/api/v1/personas/{id}', { params: { path: { id } } });
      if (error) throw new Error(JSON.stringify(error));
      return data;
    },
  };
}
