import { request } from 'undici';
import { logIn } from './token.mjs';

const persona = (n) => ({
  name: `Imported ${n}`,
  demographic: { country: 'US', city: 'San Francisco', age: 20 + (n % 60) },
  psychographic: { interests: ['technology', 'travel'] },
});

/** The body of a simple loop. The caller limits the concurrency. */
export async function open(url) {
  const headers = { authorization: `Bearer ${await logIn(url)}`, 'content-type': 'application/json' };
  const address = `${url}/api/v1/personas`;
  return {
    undici: async (n) => {
      const { statusCode, body } = await request(address, {
        method: 'POST',
        headers,
        body: JSON.stringify(persona(n)),
      });
      if (statusCode !== 201) throw new Error(`failed with ${statusCode}`);
      return body.json();
    },
    fetch: async (n) => {
      const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(persona(n)) });
      if (!response.ok) throw new Error(`failed with ${response.status}`);
      return response.json();
    },
  };
}
