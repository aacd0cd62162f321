/**
 * Binds the methods of an async generator to the generator, and adds properties.
 *
 * Frameworks may wrap the generator in a Proxy, and the methods of its prototype throw if `this` is the Proxy.
 */
export const bindGenerator = <T, Properties extends object>(
  generator: AsyncGenerator<T, void, void>,
  properties: Properties,
): AsyncGenerator<T, void, void> & Properties =>
  Object.assign(
    generator,
    {
      next: generator.next.bind(generator),
      return: generator.return.bind(generator),
      throw: generator.throw.bind(generator),
      [Symbol.asyncIterator]: () => generator,
    },
    properties,
  );
