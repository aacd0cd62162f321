/** Responses for clients that use no socket. So the benchmark measures only the client. */

const TIME = '2026-11-22T06:29:29.793176';

export const createPersona = (id) => ({
  id,
  name: `Persona ${id}`,
  created_at: TIME,
  updated_at: TIME,
  demographic: { id, persona_id: id, language: 'en-US', country: 'US', city: 'San Francisco', age: 34 },
  psychographic: { interests: ['technology', 'travel', 'cooking'], lifestyle: 'active' },
});

export const respondWith = (value, status = 200) =>
  new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } });

/** A `fetch` that responds with the persona of the URL. The response to a create is the persona 1. */
export const fetchPersona = async (input) =>
  respondWith(createPersona(Number(new URL(input).pathname.split('/').at(-1)) || 1));

export const failingFetch = async () =>
  respondWith({ message: 'Service Unavailable', status_code: 503 }, 503);
