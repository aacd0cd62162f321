import { request } from 'undici';
import { signIn } from './token.mjs';

const persona = (n) => ({
  name: `Imported ${n}`,
  demographic: { country: 'US', city: 'San Francisco', age: 20 + (n % 60) },
  psychographic: { interests: ['technology', 'travel'] },
});

/** The body of a loop, as one would write it; who calls it keeps to the concurrency. */
export async function open(url) {
  const headers = { authorization: `Bearer ${await signIn(url)}`, 'content-type': 'application/json' };
  const address = `${url}/api/v1/personas`;
  return {
    undici: async (n) => {
      const { statusCode, body } = await request(address, {
        method: 'POST',
        headers,
        body: JSON.stringify(persona(n)),
      });
      if (statusCode !== 201) throw new Error(`answered ${statusCode}`);
      return body.json();
    },
    fetch: async (n) => {
      const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(persona(n)) });
      if (!response.ok) throw new Error(`answered ${response.status}`);
      return response.json();
    },
  };
}
