import { signIn } from './token.mjs';

export async function open(url) {
  const headers = { authorization: `Bearer ${await signIn(url)}` };
  return {
    get: async (id) => {
      const response = await fetch(`${url}/api/v1/personas/${id}`, { headers });
      if (!response.ok) throw new Error(`answered ${response.status}`);
      return response.json();
    },
  };
}
