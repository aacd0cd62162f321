/** What the APIs of models accept as a tool. One tool that an API rejects makes it reject the whole request. */
import type { Tool } from '@modelcontextprotocol/client';
import { findNodes, type SchemaNode } from './schema-nodes.js';

/** A restriction of an API. */
export interface Restriction {
  readonly api: 'OpenAI' | 'Claude' | 'Gemini' | 'Vertex AI' | 'Bedrock' | 'clients';
  readonly rule: string;
  /** Where the rule is documented, or an issue with the API's error message. */
  readonly source: string;
  /** Returns what breaks the rule. */
  readonly find: (tool: Tool) => readonly string[];
}

const OPENAI_SCHEMAS = 'https://platform.openai.com/docs/guides/structured-outputs#supported-schemas';
const OPENAI_FUNCTIONS = 'https://platform.openai.com/docs/api-reference/responses/create';
const GEMINI_SCHEMA = 'https://ai.google.dev/api/caching#Schema';
const GEMINI_FUNCTION = 'https://ai.google.dev/api/caching#FunctionDeclaration';
const VERTEX = 'https://cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/FunctionDeclaration';
const BEDROCK = 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html';
const BEDROCK_AGENTS =
  'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ToolSpecification.html';
const CLAUDE_KEYS = 'https://github.com/anthropics/claude-code/issues/79418';
const CLAUDE_ROOT = 'https://github.com/anthropics/claude-code/issues/5973';

/** The keywords of Gemini's `Schema`, and `additionalProperties`, which its `parametersJsonSchema` has too. */
const GEMINI_KEYWORDS: ReadonlySet<string> = new Set([
  ...['type', 'format', 'title', 'description', 'nullable', 'enum', 'anyOf', 'default', 'example'],
  ...['properties', 'required', 'propertyOrdering', 'minProperties', 'maxProperties', 'additionalProperties'],
  ...['items', 'minItems', 'maxItems', 'minLength', 'maxLength', 'pattern', 'minimum', 'maximum'],
]);

/** Checks each schema of a tool's input, from the outermost to the innermost. */
const eachNode =
  (isWrong: (node: SchemaNode) => boolean): Restriction['find'] =>
  ({ inputSchema }) =>
    findNodes(inputSchema)
      .filter(isWrong)
      .map(({ path }) => path);

const eachProperty =
  (pattern: RegExp): Restriction['find'] =>
  ({ inputSchema }) =>
    findNodes(inputSchema)
      .flatMap(({ schema }) => Object.keys(schema.properties ?? {}))
      .filter((name) => !pattern.test(name));

const nameMatches =
  (pattern: RegExp): Restriction['find'] =>
  ({ name }) =>
    pattern.test(name) ? [] : [name];

const atMost =
  (limit: number, measure: (nodes: readonly SchemaNode[]) => number): Restriction['find'] =>
  ({ inputSchema }) => {
    const size = measure(findNodes(inputSchema));
    return size > limit ? [`${size}`] : [];
  };

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const enumsOf = (nodes: readonly SchemaNode[]) => nodes.map(({ schema }) => schema.enum ?? []);
const propertyNames = (nodes: readonly SchemaNode[]) =>
  nodes.flatMap(({ schema }) => Object.keys(schema.properties ?? {}));
const lengthOf = (values: readonly unknown[]) => sum(values.map((value) => String(value).length));
const isTyped = ({ schema }: SchemaNode) => typeof schema.type === 'string' || schema.anyOf !== undefined;

export const RESTRICTIONS: readonly Restriction[] = [
  {
    api: 'OpenAI',
    rule: 'a name has 1 to 64 letters, digits, underscores and dashes',
    source: OPENAI_FUNCTIONS,
    find: nameMatches(/^[a-zA-Z0-9_-]{1,64}$/),
  },
  {
    api: 'OpenAI',
    rule: 'a description has at most 1,024 characters',
    source: OPENAI_FUNCTIONS,
    find: ({ description = '' }) => (description.length > 1_024 ? [`${description.length}`] : []),
  },
  {
    api: 'OpenAI',
    rule: 'the root has properties, even if there are none',
    source: 'https://github.com/nextlevelbuilder/goclaw/pull/321',
    find: ({ inputSchema }) => (inputSchema.properties === undefined ? ['root'] : []),
  },
  {
    api: 'OpenAI',
    rule: 'the root is an object, without anyOf',
    source: OPENAI_SCHEMAS,
    find: ({ inputSchema }) => (inputSchema.type === 'object' && !('anyOf' in inputSchema) ? [] : ['root']),
  },
  {
    api: 'OpenAI',
    rule: 'objects are nested at most 10 levels deep',
    source: OPENAI_SCHEMAS,
    find: atMost(10, (nodes) => Math.max(...nodes.map(({ depth }) => depth))),
  },
  {
    api: 'OpenAI',
    rule: 'at most 5,000 properties',
    source: OPENAI_SCHEMAS,
    find: atMost(5_000, (nodes) => propertyNames(nodes).length),
  },
  {
    api: 'OpenAI',
    rule: 'at most 1,000 enum values',
    source: OPENAI_SCHEMAS,
    find: atMost(1_000, (nodes) => enumsOf(nodes).flat().length),
  },
  {
    api: 'OpenAI',
    rule: 'an enum of more than 250 values has at most 15,000 characters',
    source: OPENAI_SCHEMAS,
    find: atMost(15_000, (nodes) =>
      Math.max(
        0,
        ...enumsOf(nodes)
          .filter(({ length }) => length > 250)
          .map(lengthOf),
      ),
    ),
  },
  {
    api: 'OpenAI',
    rule: 'at most 120,000 characters of property names and enum values',
    source: OPENAI_SCHEMAS,
    find: atMost(120_000, (nodes) => lengthOf([...propertyNames(nodes), ...enumsOf(nodes).flat()])),
  },
  {
    api: 'Claude',
    rule: 'a name has 1 to 64 letters, digits, underscores and dashes',
    source: 'https://docs.claude.com/en/docs/agents-and-tools/tool-use/implement-tool-use',
    find: nameMatches(/^[a-zA-Z0-9_-]{1,64}$/),
  },
  {
    api: 'Claude',
    rule: 'a property key has 1 to 64 letters, digits, underscores, dots and dashes',
    source: CLAUDE_KEYS,
    find: eachProperty(/^[a-zA-Z0-9_.-]{1,64}$/),
  },
  {
    api: 'Claude',
    rule: 'no oneOf, allOf or anyOf at the top level',
    source: CLAUDE_ROOT,
    find: ({ inputSchema }) => ['oneOf', 'allOf', 'anyOf'].filter((keyword) => keyword in inputSchema),
  },
  {
    api: 'Gemini',
    rule: 'a name starts with a letter or an underscore',
    source: GEMINI_FUNCTION,
    find: nameMatches(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/),
  },
  {
    api: 'Gemini',
    rule: 'every schema has a type, or anyOf',
    source: 'https://github.com/zereight/gitlab-mcp/issues/166',
    find: eachNode((node) => !isTyped(node)),
  },
  {
    api: 'Gemini',
    rule: 'a type is not a list',
    source: 'https://github.com/zed-industries/zed/issues/44875',
    find: eachNode(({ schema }) => Array.isArray(schema.type)),
  },
  {
    api: 'Gemini',
    rule: 'only a string has an enum',
    source: 'https://github.com/nanbingxyz/5ire/issues/218',
    find: eachNode(({ schema }) => schema.enum !== undefined && schema.type !== 'string'),
  },
  {
    api: 'Gemini',
    rule: 'an enum has values, and none is empty',
    source: 'https://github.com/sbroenne/mcp-server-excel/issues/607',
    find: eachNode(
      ({ schema }) => schema.enum?.every((value) => value !== '') === false || schema.enum?.length === 0,
    ),
  },
  {
    api: 'Gemini',
    rule: 'only an object has properties or required',
    source: 'https://github.com/anomalyco/opencode/issues/11889',
    find: eachNode(
      ({ schema }) => ('properties' in schema || 'required' in schema) && schema.type !== 'object',
    ),
  },
  {
    api: 'Gemini',
    rule: 'required names existing properties',
    source: GEMINI_SCHEMA,
    find: eachNode(({ schema }) =>
      (schema.required ?? []).some((name) => !(name in (schema.properties ?? {}))),
    ),
  },
  {
    api: 'Gemini',
    rule: 'an array has items, and nothing else has',
    source: GEMINI_SCHEMA,
    find: eachNode(({ schema }) => (schema.type === 'array') !== 'items' in schema),
  },
  {
    api: 'Gemini',
    rule: 'no other keywords, such as $ref, const, oneOf or exclusiveMinimum',
    source: GEMINI_SCHEMA,
    find: ({ inputSchema }) =>
      findNodes(inputSchema)
        .flatMap(({ schema }) => Object.keys(schema))
        .filter((keyword) => !GEMINI_KEYWORDS.has(keyword)),
  },
  {
    api: 'Vertex AI',
    rule: 'a parameter name has 1 to 64 letters, digits and underscores, and starts with no digit',
    source: VERTEX,
    find: eachProperty(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/),
  },
  {
    api: 'Bedrock',
    rule: 'a name has 1 to 64 letters, digits, underscores and dashes',
    source: BEDROCK,
    find: nameMatches(/^[a-zA-Z0-9_-]{1,64}$/),
  },
  {
    api: 'Bedrock',
    rule: 'a name starts with a letter and has no dashes, for agents',
    source: BEDROCK_AGENTS,
    find: nameMatches(/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/),
  },
  {
    api: 'Bedrock',
    rule: 'a description is not empty',
    source: BEDROCK,
    find: ({ name, description = '' }) => (description === '' ? [name] : []),
  },
  {
    api: 'clients',
    rule: 'a name has at most 64 characters with the prefix that Claude Code adds',
    source: 'https://code.claude.com/docs/en/mcp',
    find: nameMatches(/^.{1,43}$/), // mcp__persona-server__
  },
];
