import { request } from 'undici';
import { logIn } from './token.mjs';

export async function open(url) {
  const headers = { authorization: `Bearer ${await logIn(url)}` };
  return {
    get: async (id) => {
      const { statusCode, body } = await request(`${url}/api/v1/personas/${id}`, { headers });
      if (statusCode !== 200) throw new Error(`failed with ${statusCode}`);
      return body.json();
    },
  };
}
