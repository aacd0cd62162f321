import type {
  CustomAttributes,
  CustomPersona,
  CustomPersonaCreate,
  CustomPersonaUpdate,
} from '../../config/custom-types.js';
import type { Endpoint } from '../../pipeline/endpoint.js';
import type { WithCondition } from '../condition.js';
import { getPersona, type WithId } from './get.js';
import { type ListQuery, listPersonas, type PersonaPage } from './list.js';
import { createPersona, updatePersona } from './writes.js';

/** The persona endpoints with the types of custom fields. */
interface CustomPersonaEndpoints<Custom extends CustomAttributes> {
  readonly list: () => Endpoint<ListQuery, unknown, PersonaPage<CustomPersona<Custom>>>;
  readonly get: () => Endpoint<WithId, unknown, CustomPersona<Custom>>;
  readonly create: () => Endpoint<{ data: CustomPersonaCreate<Custom> }, unknown, CustomPersona<Custom>>;
  readonly update: () => Endpoint<
    WithId & WithCondition & { data: CustomPersonaUpdate<Custom> },
    unknown,
    CustomPersona<Custom>
  >;
}

const ENDPOINTS_BY_METHOD: unknown = {
  list: listPersonas,
  get: getPersona,
  create: createPersona,
  update: updatePersona,
};

/** Returns the persona endpoints with the types of custom fields. Requests and responses stay the same. */
export const getPersonaEndpoints = <Custom extends CustomAttributes>() =>
  ENDPOINTS_BY_METHOD as CustomPersonaEndpoints<Custom>;
