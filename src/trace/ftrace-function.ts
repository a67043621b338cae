import { Level } from '../log/context.ts';
import {
  eventOf,
  type FtraceCall,
  type FtraceEvent,
  type LineReader,
  nsOf,
  plainName,
} from './ftrace-records.ts';
import { Levels } from './levels.ts';

/**
 * `comm-pid [(tgid)] [cpu] [flags] time: payload`. The name of a task may hold blanks, dashes and colons: the pid is the
 * last "-digits" before the bracket of the CPU.
 */
const LINE =
  /^\s*(?<comm>\S.*?)-(?<pid>\d+)\s+(?:\(\s*(?:\d+|-+)\)\s+)?\[(?<cpu>\d{3,})\]\s+(?:(?<flags>\S{4,9})\s+)?(?<time>\d+\.\d{6,9}):\s(?<payload>.*)$/s;

/** A line of the function tracer, or of events alone. */
export function functionReader(): LineReader {
  const levels = new Levels();
  return (text, line) => {
    const g = LINE.exec(text)?.groups;
    if (g === undefined) return null;
    const what = payloadOf(g['payload'] ?? '');
    if (what === null) return null;
    const cpu = Number(g['cpu']);
    const known = what.kind === 'event' ? levels.at(cpu, what) : levels.of(cpu);
    return [
      {
        line,
        t_ns: nsOf(g['time'] ?? ''),
        cpu,
        comm: g['comm'] ?? '',
        pid: Number(g['pid']),
        level: g['flags'] === undefined ? known : levelOf(g['flags']),
        what,
      },
    ];
  };
}

/** The third character of the flags column. */
export function levelOf(flags: string): Level {
  switch (flags.charAt(2)) {
    case 's':
      return Level.Softirq;
    case 'h':
    case 'z':
      return Level.Hardirq;
    case 'H':
    case 'Z':
      return Level.HardirqInSoftirq;
    default:
      return Level.Task;
  }
}

/** `function+0x12/0x40 [module] <-caller` or `event: text`. */
function payloadOf(payload: string): FtraceCall | FtraceEvent | null {
  const g = /^\s*(?<name>[\w.]+)(?:\+0x\S+)?(?: \[\w+\])? <-(?<caller>[\w.]+)(?:\+0x\S+)?(?: \[\w+\])?$/.exec(
    payload,
  )?.groups;
  if (g === undefined) return eventOf(payload.trimStart());
  return { kind: 'call', name: plainName(g['name'] ?? ''), caller: plainName(g['caller'] ?? '') };
}
