/** The endpoints of `client.personas`: list, get, create, update, delete, and iteration over all personas. */
import { listEndpoints } from '../define-endpoint.js';
import { getPersona } from './get.js';
import { listPersonas } from './list.js';
import { createPersona, deletePersona, updatePersona } from './writes.js';

export { Personas } from './personas.js';

export const PERSONA_ENDPOINTS = listEndpoints(
  listPersonas,
  getPersona,
  createPersona,
  updatePersona,
  deletePersona,
);
