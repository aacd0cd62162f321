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
import { AT_ONCE, serve } from './service.js';

/** Contexts follow promises, as in Node. */
export function alsContexts() {
  context.disable();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

/** What an application's SDK sets up for the whole process. */
export function globals() {
  beforeAll(() => {
    alsContexts();
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  });
  afterAll(() => {
    context.disable();
    propagation.disable();
  });
}

/** A service on a socket, a client whose telemetry goes into memory, and what is found there. */
export async function telemetered(
  options: ClientOptions = {},
  world: PersonaServiceOptions = {},
  more: PersonaTelemetryOptions = {},
) {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  onTestFinished(async () => {
    await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()]);
  });

  const { service, connect, url } = await serve(world);
  const telemetry = personaTelemetry({ tracerProvider, meterProvider, ...more });
  const client = connect({
    retry: AT_ONCE,
    dialect: service.dialect,
    fetch: telemetry.fetch,
    ...options,
  });
  const stop = telemetry.observe(client);

  const spans = () => exporter.getFinishedSpans();
  /** The latest value of each metric by its attributes. */
  const points = async (name: string): Promise<DataPoint<number | Histogram>[]> => {
    await reader.forceFlush();
    const all =
      measured
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? [];
    return all.find(({ descriptor }) => descriptor.name === name)?.dataPoints as never;
  };
  return {
    service,
    url,
    client,
    stop,
    telemetry,
    tracer: tracerProvider.getTracer('app'),
    spans,
    calls: () => spans().filter(({ kind }) => kind === SpanKind.INTERNAL),
    exchanges: () => spans().filter(({ kind }) => kind === SpanKind.CLIENT),
    points,
    counted: async (name: string, attributes: Attributes) =>
      (await points(name))?.find((point) =>
        Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
      )?.value,
  };
}

export const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;
export const parentOf = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId;
