import * as library from 'persona-client';
import * as testing from 'persona-client/testing';
import { double } from './double.cjs';

await double(library, testing);
