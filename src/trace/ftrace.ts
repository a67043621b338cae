/** ftrace text (`/sys/kernel/tracing/trace`), by either tracer, read into records. */
import { err, ok, type Result } from '../base/result.ts';
import { functionReader } from './ftrace-function.ts';
import { graphReader } from './ftrace-graph.ts';
import type { FtraceError, FtraceRecord, FtraceText } from './ftrace-records.ts';

/** Reads a file. A gap in the recording is an error: what is missing may be what was asked for. */
export function parseFtrace(text: string): Result<FtraceText, FtraceError> {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => /^# tracer: \w+\s*$/.test(line));
  if (at < 0) return err({ kind: 'not-ftrace', line: 1, text: clipped(lines[0] ?? '') });
  const tracer = (lines[at] ?? '').slice('# tracer: '.length).trim();
  const read = tracer === 'function_graph' ? graphReader() : functionReader();
  const head: string[] = [];
  const records: FtraceRecord[] = [];
  for (const [i, raw] of lines.entries()) {
    const line = raw.replace(/\r$/, '');
    if (/LOST (\d+ )?EVENTS/.test(line))
      return err({ kind: 'lost-events', line: i + 1, text: clipped(line) });
    if (line.startsWith('#') || line.trim() === '') {
      if (records.length === 0 && line.startsWith('# ')) head.push(line.slice(2).trimEnd());
      continue;
    }
    const found = read(line, i + 1);
    if (found === null) return err({ kind: 'not-a-record', line: i + 1, text: clipped(line) });
    records.push(...found);
  }
  return ok({ head, tracer, records });
}

const clipped = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
