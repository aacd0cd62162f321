import * as library from 'persona-client';
import * as testing from 'persona-client/testing';
import { checkLocalService } from './local-service.cjs';

await checkLocalService(library, testing);
