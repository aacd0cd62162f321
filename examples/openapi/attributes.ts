// The same for services of the `attributes` dialect:
//
//   npx openapi-typescript node_modules/persona-client/openapi/attributes.json -o persona-service.d.ts
import createClient from 'openapi-fetch';
import type { paths } from './persona-service.js';

const baseUrl = process.env.PERSONA_API_URL ?? 'http://localhost:5050';
const client = createClient<paths>({ baseUrl });

const { data: page } = await client.GET('/api/v1/personas', { params: { query: { per_page: 2 } } });
console.log(`${page?.personas.length} of ${page?.total} personas on ${page?.pages} pages`);

const created = await client.POST('/api/v1/personas', { body: { name: 'Example User' } });
if (created.data === undefined) throw new Error(`The create failed with ${created.response.status}`);

const path = { id: created.data.id };
const { data: contextual } = await client.PUT('/api/v1/personas/{id}/attributes/contextual', {
  params: { path },
  body: { season: 'spring', mood: 'calm' },
});
console.log(`Season: ${contextual?.season}, mood: ${contextual?.mood}`);

const { data: config } = await client.GET('/api/v1/field-config');
if (config && 'contextual' in config) console.log(`Fields: ${config.contextual?.fields.length}`);

await client.DELETE('/api/v1/personas/{id}', { params: { path } });
const { response, error } = await client.GET('/api/v1/personas/{id}', { params: { path } });
console.log(`${response.status}: ${error && 'error' in error && error.error}`);
