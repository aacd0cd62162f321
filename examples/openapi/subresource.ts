// A client that openapi-typescript generates from the document of the package:
//
//   npx openapi-typescript node_modules/persona-client/openapi/subresource.json -o persona-service.d.ts
import createClient from 'openapi-fetch';
import type { components, paths } from './persona-service.js';

const baseUrl = process.env.PERSONA_API_URL ?? 'http://localhost:5050';
const client = createClient<paths>({ baseUrl });

const { data: page } = await client.GET('/api/v1/personas', { params: { query: { per_page: 2 } } });
console.log(`${page?.personas.length} of ${page?.total} personas`);

const input: components['schemas']['PersonaCreate'] = {
  name: 'Example User',
  psychographic: { interests: ['technology'] },
};
const created = await client.POST('/api/v1/personas', { body: input });
if (created.data === undefined) throw new Error(`The create failed with ${created.response.status}`);

const path = { id: created.data.id };
const { data: demographic } = await client.PUT('/api/v1/personas/{id}/demographic', {
  params: { path },
  body: { city: 'San Francisco', age: 34 },
});
console.log(`${created.data.name} lives in ${demographic?.city}`);

const invalid = await client.PUT('/api/v1/personas/{id}', { params: { path }, body: { name: '' } });
if (invalid.error && 'errors' in invalid.error) console.log(`Rejected: ${invalid.error.errors?.name?.[0]}`);

await client.DELETE('/api/v1/personas/{id}', { params: { path } });
const { response, error } = await client.GET('/api/v1/personas/{id}', { params: { path } });
console.log(`${response.status}: ${error && 'message' in error && error.message.replace(/\d+/, '…')}`);
