/** The keywords of JSON Schema that the tools use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

/** A schema, or a part of it that is a schema itself. */
export interface SchemaNode {
  readonly schema: Schema;
  readonly path: string;
  /** The number of objects around it, including itself. */
  readonly depth: number;
}

/** Returns a schema and all schemas in it. */
export function findNodes(schema: object, path = '$', outerDepth = 0): SchemaNode[] {
  const node = schema as Schema;
  const depth = outerDepth + (node.type === 'object' ? 1 : 0);
  const children: [string, object | undefined][] = [
    ...Object.entries(node.properties ?? {}),
    ...(node.anyOf ?? []).map((child, index): [string, object] => [`anyOf.${index}`, child]),
    ['items', node.items],
    [
      'additionalProperties',
      typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined,
    ],
  ];
  return [
    { schema: node, path, depth },
    ...children.flatMap(([name, child]) => (child ? findNodes(child, `${path}.${name}`, depth) : [])),
  ];
}
