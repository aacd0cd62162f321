// Run inside a folder where the tarball is installed, as a user's ES module.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as esm from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { smoke } from './shared.cjs';

const cjs = createRequire(import.meta.url)('persona-client');
const error = new cjs.PersonaNotFoundError('gone', { personaId: 1 });
assert(error instanceof esm.PersonaNotFoundError, 'instanceof holds across the two builds');
assert(error instanceof esm.PersonaError);
assert(!(error instanceof esm.PersonaServerError));
console.log(await smoke(esm, createPersonaService));
