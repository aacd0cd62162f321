/** The package version. A literal, because an import of package.json would bundle the whole file. */
export const VERSION = '0.1.0';
