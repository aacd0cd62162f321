import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch';
import {
  AggregationTemporality,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  StackContextManager,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { PersonaClient } from 'persona-client';
import { personaTelemetry } from 'persona-client/otel';
import { createPersonaService } from 'persona-client/testing';
import { expect, it, onTestFinished, vi } from 'vitest';

it('records each request once beside the instrumentation of fetch', async () => {
  const service = createPersonaService();
  vi.stubGlobal('fetch', service.fetch);
  onTestFinished(() => void vi.unstubAllGlobals());
  context.setGlobalContextManager(new StackContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const instrumentation = new FetchInstrumentation({ propagateTraceHeaderCorsUrls: [/.*/] });
  instrumentation.setTracerProvider(tracerProvider);
  onTestFinished(() => instrumentation.disable());

  const telemetry = personaTelemetry({ tracerProvider, meterProvider });
  using client = new PersonaClient({
    dialect: 'subresource',
    fetch: telemetry.fetch,
    retry: { backoffMs: 0, maxBackoffMs: 0 },
  });
  telemetry.observe(client);
  service.faults.add({ status: 503, times: 1 });
  await client.personas.get(1);
  await fetch('http://localhost:5050/health'); // the instrumentation works
  await vi.waitFor(() => expect(exporter.getFinishedSpans()).toHaveLength(4));

  const spans = exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CLIENT);
  const sentIds = service.requests.map(({ headers }) => headers.traceparent?.split('-')[2]);
  expect(sentIds).toEqual(spans.map((span) => span.spanContext().spanId));
  expect(spans.map(({ instrumentationScope }) => instrumentationScope.name)).toEqual([
    'persona-client',
    'persona-client',
    '@opentelemetry/instrumentation-fetch',
  ]);
  await reader.forceFlush();
  const metrics = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
  const durations = metrics
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === 'http.client.request.duration')
    .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => (value as Histogram).count));
  expect(durations).toEqual([1, 1]);
  expect(trace.getActiveSpan()).toBeUndefined();
});
