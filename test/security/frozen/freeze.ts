/** Whoever writes to them from now on throws. */
for (const type of [Object, Array, Function, String, Number, Boolean, Promise, Map, Set, Date, RegExp])
  Object.freeze(type.prototype);
