/** Freezes the built-in prototypes, so that writing to one throws. */
for (const type of [Object, Array, Function, String, Number, Boolean, Promise, Map, Set, Date, RegExp])
  Object.freeze(type.prototype);
