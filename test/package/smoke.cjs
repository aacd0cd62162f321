// Run inside a folder where the tarball is installed, as a user's CommonJS module.
const client = require('persona-client');
const { createPersonaService } = require('persona-client/testing');
const { smoke } = require('./shared.cjs');

smoke(client, createPersonaService).then(console.log);
