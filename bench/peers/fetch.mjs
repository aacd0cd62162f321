import { logIn } from './token.mjs';

export async function open(url) {
  const headers = { authorization: `Bearer ${await logIn(url)}` };
  return {
    get: async (id) => {
      const response = await fetch(`${url}/api/v1/personas/${id}`, { headers });
      if (!response.ok) throw new Error(`failed with ${response.status}`);
      return response.json();
    },
  };
}
