// Needs @opentelemetry/api, sdk-trace, core and context-async-hooks. An application uses the default instrumentations of Node, which
// include undici and therefore fetch, and passes telemetry.fetch to its client. Each request then has two `traceparent` headers.
// A receiver joins them with a comma and must ignore both, so the service's spans leave the trace. The README only warns of duplicates.
// The client should send within suppressTracing(context), or leave `traceparent` to the instrumentation.
// The code below emulates the instrumentation. A comparison with @opentelemetry/instrumentation-undici confirmed it.
import diagnostics from 'node:diagnostics_channel';
import {
  check,
  createPersona,
  finish,
  load,
  requireDevPackage,
  setTimeLimitSeconds,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(20);
const { context, propagation, trace, ROOT_CONTEXT, SpanKind } = requireDevPackage('@opentelemetry/api');
const { W3CTraceContextPropagator } = requireDevPackage('@opentelemetry/core');
const { AsyncLocalStorageContextManager } = requireDevPackage('@opentelemetry/context-async-hooks');
const sdk = requireDevPackage('@opentelemetry/sdk-trace');
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
const endedSpans = [];
const processor = {
  onStart() {},
  onEnd: (span) => endedSpans.push(span),
  forceFlush: async () => {},
  shutdown: async () => {},
};
const Provider = sdk.BasicTracerProvider ?? sdk.TracerProvider;
const provider = Provider
  ? new Provider({ spanProcessors: [processor] })
  : sdk.createTracerProvider({ spanProcessors: [processor] });
trace.setGlobalTracerProvider(provider);

const tracer = trace.getTracer('an instrumentation of fetch');
diagnostics.subscribe('undici:request:create', ({ request }) => {
  const span = tracer.startSpan(request.method, { kind: SpanKind.CLIENT });
  const headers = {};
  propagation.inject(trace.setSpan(context.active(), span), headers);
  for (const [name, value] of Object.entries(headers)) request.addHeader(name, value);
  span.end();
});

const { PersonaClient } = await load();
const { personaTelemetry } = await load('otel.js');
const service = await startStubService(({ id }) => ({ body: createPersona(id) }));
for (const [scenario, telemetry] of [
  ['(control) without telemetry.fetch', undefined],
  ['with telemetry.fetch', personaTelemetry()],
]) {
  endedSpans.length = 0;
  service.requests.length = 0;
  const client = new PersonaClient({
    baseUrl: service.url,
    dialect: 'subresource',
    cache: false,
    ...(telemetry && { fetch: telemetry.fetch }),
  });
  telemetry?.observe(client);
  await trace.getTracer('app').startActiveSpan('work', async (span) => {
    await client.personas.get(1);
    span.end();
  });
  const { traceparent = '' } = service.requests[0].headers;
  const parentContext = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, { traceparent }));
  const workContext = endedSpans.find(({ name }) => name === 'work').spanContext();
  check(
    `${scenario}: the service finds its trace`,
    parentContext?.traceId === workContext.traceId,
    traceparent,
    'one traceparent of the trace',
  );
  const clientSpans = endedSpans.filter(({ kind }) => kind === SpanKind.CLIENT).length;
  check(`${scenario}: one span of kind client`, clientSpans === 1, clientSpans, 1);
}
service.close();
finish();
