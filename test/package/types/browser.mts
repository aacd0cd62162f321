import { PersonaClient, type PersonaPage } from 'persona-client';
import * as browse from 'persona-client/browse';
import * as browser from 'persona-client/browser';
import * as collections from 'persona-client/collections';
import * as otel from 'persona-client/otel';
import * as query from 'persona-client/query';
import * as testing from 'persona-client/testing';

export const entries = { browse, browser, collections, otel, query, testing };
export const page: Promise<PersonaPage> = new PersonaClient().personas.list();
