/** A library that exports values of every entry. Its declarations must be able to name each type. */
import * as client from 'persona-client';
import { type OpenAttributes, PersonaClient, type PersonaClientLike, PersonaError } from 'persona-client';
import * as browse from 'persona-client/browse';
import * as browser from 'persona-client/browser';
import * as collections from 'persona-client/collections';
import * as mcp from 'persona-client/mcp';
import * as node from 'persona-client/node';
import * as otel from 'persona-client/otel';
import * as query from 'persona-client/query';
import * as testing from 'persona-client/testing';

export const entries = { browse, browser, client, collections, mcp, node, otel, query, testing };

export const defaults = new PersonaClient();
export const open = new PersonaClient<OpenAttributes>();
export const attributes = client.defineAttributes({});
export const { withMeta, personas, demographic, psychographic, behavioral, contextual } = defaults;
export const { auth, cache, circuit, fieldConfig, health, schema } = defaults;
export const members = { ...defaults };
export const openMeta = open.withMeta;
export const like = (double: PersonaClientLike) => double.withMeta;
export const view = defaults.as({ token: 't' });
export class Service extends PersonaClient {
  readonly meta = this.withMeta;
  readonly list = this.withMeta.personas.list;
}
export class ServiceError extends PersonaError {}

export const page = () => personas.list();
export const iterator = () => personas.iterate();
export const persona = () => withMeta.personas.get(1);
export const all = () => withMeta.personas.toArray();
export const mood = () => psychographic.get(1);
export const config = () => withMeta.fieldConfig.get();
export const session = () => auth.session();
export const stop = defaults.on('response', ({ status }) => status);
export const details = (error: PersonaError) => [error.request, error.timeline, error.toJSON()];

export const createRun = () => collections.createMany(defaults, [{ name: 'Ada' }]);
export const updateRun = () => collections.updateMany(open, [{ id: 1, data: { name: 'Ada' } }]);
export const privacy = collections.createPrivacy(defaults);
export const purge = () => privacy.purge({ olderThan: new Date() });
export const pool = () => node.createPooledTransport();
export const stores = [node.fileTokenStore('t'), browser.webStorageTokenStore()];
export const journals = [node.fileJournal('j'), browser.indexedDbJournal('j')];
export const server = mcp.createPersonaMcpServer({ client: defaults });
export const telemetry = otel.personaTelemetry();
export const queries = query.personaQueries(defaults);
export const openQueries = query.personaQueries(open);
export const service = testing.createPersonaService();
export const recording = () => [testing.recordFetch({ file: 'x' }), testing.replayFetch('x')];
