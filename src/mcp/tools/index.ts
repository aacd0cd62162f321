/** The tools of the MCP server. */
import { deletePersona } from './delete.js';
import { findPersonas } from './find.js';
import { getFieldConfig, getPersona, getPersonaFields, getPersonaSection, listPersonas } from './read.js';
import type { Tool } from './types.js';
import { createPersona, updatePersona, updatePersonaSection } from './write.js';

/** All tools, in the order of `tools/list`. */
export const TOOLS: readonly Tool[] = [
  listPersonas,
  findPersonas,
  getPersona,
  getPersonaSection,
  getPersonaFields,
  createPersona,
  updatePersona,
  updatePersonaSection,
  deletePersona,
];

/** Tools that the server accepts but omits from `tools/list`, because they are second names of offered tools. */
export const findUnlistedTools = (offeredTools: readonly Tool[]): readonly Tool[] =>
  offeredTools.includes(getPersonaFields) ? [getFieldConfig] : [];
