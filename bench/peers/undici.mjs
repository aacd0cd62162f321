import { request } from 'undici';
import { signIn } from './token.mjs';

export async function open(url) {
  const headers = { authorization: `Bearer ${await signIn(url)}` };
  return {
    get: async (id) => {
      const { statusCode, body } = await request(`${url}/api/v1/personas/${id}`, { headers });
      if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
      return body.json();
    },
  };
}
