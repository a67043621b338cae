/**
 * What ftrace text is made of: function calls, returns and events, each with its time, CPU, task and execution context.
 * Source: kernel/trace/trace_output.c, trace_functions_graph.c; our trace-formats.md section 1.
 */
import type { Level } from '../log/context.ts';

/** One line of a recording. */
export type FtraceRecord = {
  /** Line of the file, from 1. */
  readonly line: number;
  /** Time of the trace clock in integer nanoseconds; 0 where the text has no times. */
  readonly t_ns: number;
  readonly cpu: number;
  /** Name of the task that was on the CPU; function_graph cuts it to 7 characters. */
  readonly comm: string;
  readonly pid: number;
  readonly level: Level;
  readonly what: FtraceCall | FtraceReturn | FtraceEvent;
};

/** A function is entered. `caller` is '' where the recording does not know it. */
export type FtraceCall = { readonly kind: 'call'; readonly name: string; readonly caller: string };
/** A function returns; only function_graph tells. */
export type FtraceReturn = { readonly kind: 'return'; readonly name: string };
/** A tracepoint, or what user space wrote into trace_marker (`tracing_mark_write`). */
export type FtraceEvent = { readonly kind: 'event'; readonly name: string; readonly text: string };

export type FtraceText = {
  /** The lines that begin with "# ", without it, down to the first record. */
  readonly head: readonly string[];
  /** What the "# tracer:" line says: function, function_graph, nop. */
  readonly tracer: string;
  readonly records: readonly FtraceRecord[];
};

export type FtraceError = {
  readonly kind: 'not-ftrace' | 'not-a-record' | 'lost-events';
  /** Line of the file, from 1. */
  readonly line: number;
  /** The line, or as much of it as helps. */
  readonly text: string;
};

/** Reads one line: its records (a leaf of function_graph is entered and left), or null when it is no record. */
export type LineReader = (text: string, line: number) => readonly FtraceRecord[] | null;

/** "12.345678" as integer nanoseconds. Seconds as a float would lose the last digits. */
export function nsOf(decimal: string): number {
  const [seconds = '0', fraction = ''] = decimal.split('.');
  return Number(seconds) * 1_000_000_000 + Number(fraction.padEnd(9, '0').slice(0, 9));
}

/** Without what the compiler appended to a copy of a function: `.isra.0`, `.part.0`, `.constprop.0`, `.cold`. */
export function plainName(name: string): string {
  return name.replace(/\..*$/, '');
}

/** Splits "name: text" of an event. */
export function eventOf(payload: string): FtraceEvent | null {
  const g = /^(?<name>[A-Za-z_]\w*): ?(?<text>.*)$/s.exec(payload)?.groups;
  return g === undefined ? null : { kind: 'event', name: g['name'] ?? '', text: g['text'] ?? '' };
}
