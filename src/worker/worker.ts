/**
 * The Worker: runs one scenario at a time in slices, derives spans from each chunk of the log, transfers both and forgets
 * them. Between slices it listens, so that a run can be cancelled; without credit it waits, so that memory is bounded.
 */
import { logChunk, SpanBuilder, spanBuffers, type SpanChunk } from '../analysis/spans.ts';
import type { Chunk } from '../log/columns.ts';
import { Run } from '../run/run.ts';
import { CREDITS, type FromWorker, type ToWorker } from './client-messages.ts';

/** Events simulated before the Worker looks at its messages: a few milliseconds. */
const SLICE_EVENTS = 20_000;

/** The run under way. */
type Current = {
  readonly number: number;
  readonly run: Run;
  readonly spans: SpanBuilder;
  /** Chunks that wait for credit. */
  readonly ready: Chunk[];
  credits: number;
  ended: boolean;
};

let current: Current | null = null;

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  switch (message.kind) {
    case 'run':
      begin(message);
      break;
    case 'cancel':
      if (current?.number === message.run) current = null;
      break;
    case 'credit':
      if (current?.number === message.run) {
        current.credits++;
        deliver(current);
      }
      break;
  }
};

function begin(message: Extract<ToWorker, { kind: 'run' }>): void {
  const ready: Chunk[] = [];
  try {
    const run = new Run(message.scenario, (chunk) => {
      ready.push(chunk);
    });
    current = { number: message.run, run, spans: new SpanBuilder(), ready, credits: CREDITS, ended: false };
    slice(current);
  } catch (error) {
    send({ kind: 'failed', run: message.run, message: textOf(error) });
  }
}

/** Simulates a slice, sends what came of it, and comes back after the messages that wait. */
function slice(state: Current): void {
  if (current !== state || state.ended) return;
  if (state.credits > 0) {
    try {
      state.ended = state.run.advance(SLICE_EVENTS) !== 'more';
    } catch (error) {
      current = null;
      send({ kind: 'failed', run: state.number, message: textOf(error) });
      return;
    }
    send({ kind: 'progress', run: state.number, rows: state.run.rows, time_ns: state.run.time_ns });
    deliver(state);
  }
  if (!state.ended) setTimeout(slice, 0, state);
}

/** Sends chunks as far as the credit goes; after the last one, the summary. */
function deliver(state: Current): void {
  while (state.credits > 0) {
    const chunk = state.ready.shift();
    if (chunk === undefined) break;
    state.credits--;
    const last = state.ended && state.ready.length === 0;
    const spans = last
      ? state.spans.addLast(logChunk(chunk), state.run.summary.end_ns)
      : state.spans.add(logChunk(chunk));
    send({ kind: 'chunk', run: state.number, chunk, spans }, transfers(chunk, spans));
  }
  if (!state.ended || state.ready.length > 0) return;
  const { summary } = state.run;
  current = null;
  send({ kind: 'done', run: state.number, summary });
}

function transfers(chunk: Chunk, spans: SpanChunk): Transferable[] {
  return [
    ...new Set<ArrayBuffer>([chunk.buffer, chunk.objects.buffer as ArrayBuffer, ...spanBuffers(spans)]),
  ];
}

function send(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
