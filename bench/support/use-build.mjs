/**
 * Makes a subject import `persona-client` from another folder: `node --import <url of this file>?folder=<folder> …`.
 *
 * Other packages come from this checkout, so that two subjects differ only in the client.
 */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = new URL(import.meta.url).searchParams.get('folder') ?? '';
const folderUrl = pathToFileURL(join(folder, '/')).href;

registerHooks({
  resolve(specifier, context, next) {
    const [isClient, subpath = 'index'] = /^persona-client(?:\/(\w+))?$/.exec(specifier) ?? [];
    if (isClient !== undefined) return next(`${folderUrl}${subpath}.js`, context);
    const isPackage = /^[\w@]/.test(specifier) && context.parentURL?.startsWith(folderUrl);
    return next(specifier, isPackage ? { ...context, parentURL: import.meta.url } : context);
  },
});
