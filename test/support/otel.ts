import { type Attributes, context, propagation, SpanKind } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { ClientOptions } from 'persona-client';
import { type PersonaTelemetryOptions, personaTelemetry } from 'persona-client/otel';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { NO_BACKOFF, startService } from './service.js';

/** Propagates the context through promises, as in Node. */
export function enableAsyncContext() {
  context.disable();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

/** Registers a global context manager and a global propagator, as the SDK of an application does. */
export function setupGlobalTelemetry() {
  beforeAll(() => {
    enableAsyncContext();
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  });
  afterAll(() => {
    context.disable();
    propagation.disable();
  });
}

/** Starts a service and creates a client whose spans and metrics are recorded in memory. */
export async function setupTelemetry(
  clientOptions: ClientOptions = {},
  serviceOptions: PersonaServiceOptions = {},
  telemetryOptions: PersonaTelemetryOptions = {},
) {
  const spanExporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })],
  });
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  });
  const meterProvider = new MeterProvider({ readers: [reader] });
  onTestFinished(async () => {
    await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()]);
  });

  const { service, connect, url, dialect } = await startService(serviceOptions);
  const telemetry = personaTelemetry({ tracerProvider, meterProvider, ...telemetryOptions });
  const client = connect({
    retry: NO_BACKOFF,
    dialect,
    fetch: telemetry.fetch,
    ...clientOptions,
  });
  const stop = telemetry.observe(client);

  const spans = () => spanExporter.getFinishedSpans();
  /** Returns the latest data points of a metric, one per scope and set of attributes. */
  const points = async (name: string): Promise<DataPoint<number | Histogram>[]> => {
    await reader.forceFlush();
    const { scopeMetrics = [] } = metricExporter.getMetrics().at(-1) ?? {};
    const metrics = scopeMetrics.flatMap(({ metrics }) => metrics);
    const namesakes = metrics.filter(({ descriptor }) => descriptor.name === name);
    return namesakes.flatMap(({ dataPoints }) => dataPoints as DataPoint<number | Histogram>[]);
  };
  return {
    service,
    url,
    client,
    stop,
    telemetry,
    tracer: tracerProvider.getTracer('app'),
    tracerProvider,
    meterProvider,
    spans,
    callSpans: () => spans().filter(({ kind }) => kind === SpanKind.INTERNAL),
    requestSpans: () => spans().filter(({ kind }) => kind === SpanKind.CLIENT),
    points,
    /** Returns the value of the data point whose attributes include `attributes`. */
    pointValue: async (name: string, attributes: Attributes) =>
      (await points(name))?.find((point) =>
        Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
      )?.value,
  };
}

export const spanId = (span: ReadableSpan | undefined) => span?.spanContext().spanId;
export const parentSpanId = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId;
