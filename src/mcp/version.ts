/** Of this package. Written out, since importing package.json would put all of it into the bundle. */
export const VERSION = '0.1.0';
