import {
  acceptedContent,
  type CallToolResult,
  completable,
  fromJsonSchema,
  inputRequired,
  inputResponse,
  type McpServer,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { House } from '../../../src/mcp/shared-state.js';

/** One red pixel, and a WAV file without a sound. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';

const text = (said: string) => ({ type: 'text' as const, text: said });
const image = { type: 'image' as const, data: PNG, mimeType: 'image/png' };
const only = (...content: CallToolResult['content']): CallToolResult => ({ content });
const form = (
  message: string,
  properties: Record<string, object>,
  required: string[] = Object.keys(properties),
) => inputRequired.elicit({ message, requestedSchema: { type: 'object', properties, required } as never });
const sampled = (prompt: string, maxTokens: number) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: text(prompt) }], maxTokens });
const string = { type: 'string' };

type Handler = (args: Record<string, string>, context: ServerContext) => unknown;
interface Fixture {
  readonly description: string;
  readonly inputSchema?: Record<string, unknown>;
  readonly run: Handler;
}

/** Answer once the client has filled in a form or sampled a text; ask for it before. */
const afterAsking =
  (
    requests: (args: Record<string, string>) => Parameters<typeof inputRequired>[0]['inputRequests'],
    done: Handler,
  ): Handler =>
  (args, context) => {
    const inputRequests = requests(args) ?? {};
    const given = Object.keys(inputRequests).every(
      (key) => inputResponse(context.mcpReq.inputResponses, key).kind !== 'missing',
    );
    return given ? done(args, context) : inputRequired({ inputRequests });
  };

/** How the client answered a form, whatever it answered. */
const answerTo = (key: string, { mcpReq }: ServerContext) => {
  const answer = inputResponse(mcpReq.inputResponses, key);
  return answer.kind === 'elicit'
    ? `action=${answer.action}, content=${JSON.stringify(answer.content)}`
    : 'nothing';
};
const sampleOf = (key: string, { mcpReq }: ServerContext) => {
  const answer = inputResponse(mcpReq.inputResponses, key);
  return answer.kind === 'sampling' ? JSON.stringify(answer.result.content) : 'nothing';
};

const options = ['option1', 'option2', 'option3'];
const titled = (values: string[], titles: string[]) =>
  values.map((value, i) => ({ const: value, title: titles[i] }));
const progressToken = ({ mcpReq }: ServerContext) => mcpReq._meta?.progressToken;

/** The tools that the conformance suite looks for by name, and what it wants of them. */
function tools(house: House): Record<string, Fixture> {
  const mint = (payload: object, context: ServerContext) => house.questions.mint(payload as never, context);
  const stateOf = ({ mcpReq }: ServerContext) => mcpReq.requestState<{ step?: number }>();
  const confirmation: Handler = async (_args, context) => {
    const asked = { confirm: form('Please confirm', { ok: { type: 'boolean' } }) };
    return stateOf(context) && acceptedContent(context.mcpReq.inputResponses, 'confirm')
      ? only(text('state-ok'))
      : inputRequired({ inputRequests: asked, requestState: await mint({ step: 1 }, context) });
  };
  const log =
    (...messages: string[]): Handler =>
    async (_args, { mcpReq }) => {
      for (const message of messages) await mcpReq.log('info', message);
      return only(text('Logged'));
    };
  return {
    test_simple_text: {
      description: 'Text',
      run: () => only(text('This is a simple text response for testing.')),
    },
    test_image_content: { description: 'An image', run: () => only(image) },
    test_audio_content: {
      description: 'A sound',
      run: () => only({ type: 'audio', data: WAV, mimeType: 'audio/wav' }),
    },
    test_embedded_resource: {
      description: 'A resource',
      run: () =>
        only({
          type: 'resource',
          resource: {
            uri: 'test://embedded-resource',
            mimeType: 'text/plain',
            text: 'This is an embedded resource content.',
          },
        }),
    },
    test_multiple_content_types: {
      description: 'Three kinds of content',
      run: () =>
        only(text('Multiple content types test:'), image, {
          type: 'resource',
          resource: {
            uri: 'test://mixed-content-resource',
            mimeType: 'application/json',
            text: '{"test":"data","value":123}',
          },
        }),
    },
    test_error_handling: {
      description: 'Fails',
      run: () => {
        throw new Error('This tool intentionally returns an error for testing');
      },
    },
    test_tool_with_logging: {
      description: 'Logs three times',
      run: log('Tool execution started', 'Tool processing data', 'Tool execution completed'),
    },
    test_logging_tool: { description: 'Logs', run: log('Only for those who asked') },
    test_tool_with_progress: {
      description: 'Tells its progress',
      run: async (_args, context) => {
        const token = progressToken(context);
        if (token !== undefined)
          for (const progress of [0, 50, 100])
            await context.mcpReq.notify({
              method: 'notifications/progress',
              params: { progressToken: token, progress, total: 100 },
            });
        return only(text('Done'));
      },
    },
    test_sampling: {
      description: 'Asks the client’s model',
      inputSchema: { type: 'object', properties: { prompt: string }, required: ['prompt'] },
      run: afterAsking(
        ({ prompt = '' }) => ({ sample: sampled(prompt, 100) }),
        (_args, context) => only(text(`LLM response: ${sampleOf('sample', context)}`)),
      ),
    },
    test_elicitation: {
      description: 'Asks the user',
      inputSchema: { type: 'object', properties: { message: string }, required: ['message'] },
      run: afterAsking(
        ({ message = '' }) => ({
          user: form(message, {
            username: { ...string, description: 'The name' },
            email: { ...string, description: 'The address' },
          }),
        }),
        (_args, context) => only(text(`User response: ${answerTo('user', context)}`)),
      ),
    },
    test_elicitation_sep1034_defaults: {
      description: 'Asks with defaults',
      run: afterAsking(
        () => ({
          user: form(
            'Review the values',
            {
              name: { ...string, default: 'John Doe' },
              age: { type: 'integer', default: 30 },
              score: { type: 'number', default: 95.5 },
              status: { ...string, enum: ['active', 'inactive', 'pending'], default: 'active' },
              verified: { type: 'boolean', default: true },
            },
            [],
          ),
        }),
        (_args, context) => only(text(`Elicitation completed: ${answerTo('user', context)}`)),
      ),
    },
    test_elicitation_sep1330_enums: {
      description: 'Asks with choices',
      run: afterAsking(
        () => ({
          user: form(
            'Choose',
            {
              untitledSingle: { ...string, enum: options },
              titledSingle: {
                ...string,
                oneOf: titled(
                  ['value1', 'value2', 'value3'],
                  ['First Option', 'Second Option', 'Third Option'],
                ),
              },
              legacyEnum: {
                ...string,
                enum: ['opt1', 'opt2', 'opt3'],
                enumNames: ['Option One', 'Option Two', 'Option Three'],
              },
              untitledMulti: { type: 'array', items: { ...string, enum: options } },
              titledMulti: {
                type: 'array',
                items: {
                  anyOf: titled(
                    ['value1', 'value2', 'value3'],
                    ['First Choice', 'Second Choice', 'Third Choice'],
                  ),
                },
              },
            },
            [],
          ),
        }),
        (_args, context) => only(text(`Elicitation completed: ${answerTo('user', context)}`)),
      ),
    },
    json_schema_2020_12_tool: {
      description: 'Takes what JSON Schema 2020-12 can say',
      inputSchema: {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        $defs: {
          address: { $anchor: 'addressDef', type: 'object', properties: { street: string, city: string } },
        },
        properties: {
          name: string,
          address: { $ref: '#/$defs/address' },
          contactMethod: { ...string, enum: ['phone', 'email'] },
          phone: string,
          email: string,
        },
        allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
        if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: { required: ['phone'] },
        else: { required: ['email'] },
        additionalProperties: false,
      },
      run: () => only(text('Taken')),
    },
    test_x_mcp_header: {
      description: 'Has an argument that is a header, too',
      inputSchema: {
        type: 'object',
        properties: { region: { ...string, 'x-mcp-header': 'Region' } },
        required: ['region'],
      },
      run: ({ region }) => only(text(`region ${region}`)),
    },
    test_missing_capability: {
      description: 'Needs a client that samples',
      run: () => inputRequired({ inputRequests: { sample: sampled('Anything', 10) } }),
    },
    test_streaming_elicitation: {
      description: 'Asks the user, over a stream',
      run: afterAsking(
        () => ({ user: form('Go on?', { ok: { type: 'boolean' } }) }),
        () => only(text('Went on')),
      ),
    },
    test_input_required_result_elicitation: {
      description: 'Asks for a name',
      run: (_args, { mcpReq }) => {
        const given = acceptedContent(mcpReq.inputResponses, 'user_name', z.object({ name: z.string() }));
        return given
          ? only(text(`Hello, ${given.name}!`))
          : inputRequired({ inputRequests: { user_name: form('What is your name?', { name: string }) } });
      },
    },
    test_input_required_result_sampling: {
      description: 'Asks the client’s model',
      run: afterAsking(
        () => ({ capital_question: sampled('What is the capital of France?', 100) }),
        (_args, context) => only(text(sampleOf('capital_question', context))),
      ),
    },
    test_input_required_result_list_roots: {
      description: 'Asks for the roots',
      run: afterAsking(
        () => ({ client_roots: inputRequired.listRoots() }),
        (_args, { mcpReq }) =>
          only(text(JSON.stringify(inputResponse(mcpReq.inputResponses, 'client_roots')))),
      ),
    },
    test_input_required_result_request_state: { description: 'Asks with a seal', run: confirmation },
    test_input_required_result_tampered_state: { description: 'Asks with a seal', run: confirmation },
    test_input_required_result_multiple_inputs: {
      description: 'Asks three things',
      run: async (_args, context) => {
        const inputRequests = {
          user_name: form('What is your name?', { name: string }),
          greeting: sampled('Generate a greeting', 50),
          client_roots: inputRequired.listRoots(),
        };
        const all = Object.keys(inputRequests).every(
          (key) => inputResponse(context.mcpReq.inputResponses, key).kind !== 'missing',
        );
        return all
          ? only(text('All given'))
          : inputRequired({ inputRequests, requestState: await mint({ step: 1 }, context) });
      },
    },
    test_input_required_result_multi_round: {
      description: 'Asks twice',
      run: async (_args, context) => {
        const { step = 0 } = stateOf(context) ?? {};
        const given = (key: string) => acceptedContent(context.mcpReq.inputResponses, key) !== undefined;
        if (step === 2 && given('step2')) return only(text('Both given'));
        if (step === 1 && given('step1'))
          return inputRequired({
            inputRequests: { step2: form('Step 2: What is your favorite color?', { color: string }) },
            requestState: await mint({ step: 2 }, context),
          });
        return inputRequired({
          inputRequests: { step1: form('Step 1: What is your name?', { name: string }) },
          requestState: await mint({ step: 1 }, context),
        });
      },
    },
    test_input_required_result_capabilities: {
      description: 'Asks for what the client can do, and for nothing else',
      run: (_args, { mcpReq }) => {
        const capabilities = (mcpReq.envelope as Record<string, Record<string, unknown>> | undefined)?.[
          'io.modelcontextprotocol/clientCapabilities'
        ];
        const inputRequests = {
          ...(capabilities?.elicitation !== undefined && {
            user_name: form('What is your name?', { name: string }),
          }),
          ...(capabilities?.sampling !== undefined && { greeting: sampled('Generate a greeting', 50) }),
        };
        return Object.keys(inputRequests).length > 0
          ? inputRequired({ inputRequests })
          : only(text('Nothing to ask'));
      },
    },
  };
}

/** What the conformance suite looks for by name, on top of the real server. */
export function addFixtures(
  server: McpServer,
  house: House,
  listed: () => Promise<{ tools: object[] }>,
): void {
  const all = Object.entries(tools(house));
  for (const [name, { description, inputSchema, run }] of all)
    server.registerTool(
      name,
      { description, inputSchema: fromJsonSchema(inputSchema ?? { type: 'object' }) },
      (args, context) => run(args as Record<string, string>, context) as CallToolResult,
    );
  server.server.setRequestHandler('tools/list', async () => {
    const own = all.map(([name, { description, inputSchema = { type: 'object' } }]) => ({
      name,
      description,
      inputSchema,
    }));
    return { tools: [...(await listed()).tools, ...own] } as never;
  });
  addResourceFixtures(server);
  addPromptFixtures(server);
}

function addResourceFixtures(server: McpServer): void {
  server.registerResource(
    'static-text',
    'test://static-text',
    { mimeType: 'text/plain' },
    ({ href: uri }) => ({
      contents: [{ uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }],
    }),
  );
  server.registerResource(
    'static-binary',
    'test://static-binary',
    { mimeType: 'image/png' },
    ({ href: uri }) => ({
      contents: [{ uri, mimeType: 'image/png', blob: PNG }],
    }),
  );
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { mimeType: 'application/json' },
    ({ href: uri }, { id }) => ({
      contents: [
        {
          uri,
          mimeType: 'application/json',
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
        },
      ],
    }),
  );
}

function addPromptFixtures(server: McpServer): void {
  const said = (content: object) => ({ role: 'user' as const, content: content as ReturnType<typeof text> });
  server.registerPrompt('test_simple_prompt', { description: 'Text' }, () => ({
    messages: [said(text('This is a simple prompt for testing.'))],
  }));
  const cities = completable(z.string(), (typed) =>
    ['paris', 'park', 'party'].filter((city) => city.startsWith(typed)),
  );
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'Text with arguments', argsSchema: z.object({ arg1: cities, arg2: z.string() }) },
    ({ arg1, arg2 }) => ({ messages: [said(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))] }),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A resource', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) => ({
      messages: [
        said({
          type: 'resource',
          resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
        }),
        said(text('Please process the embedded resource above.')),
      ],
    }),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'An image' }, () => ({
    messages: [said(image), said(text('Please analyze the image above.'))],
  }));
  server.registerPrompt('test_input_required_result_prompt', { description: 'Asks first' }, ({ mcpReq }) => {
    const given = acceptedContent<{ context: string }>(mcpReq.inputResponses, 'user_context');
    return given
      ? { messages: [said(text(`Context: ${given.context}`))] }
      : inputRequired({
          inputRequests: { user_context: form('What context should the prompt use?', { context: string }) },
        });
  });
}
