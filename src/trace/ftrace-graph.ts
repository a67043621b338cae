import type { Level } from '../log/context.ts';
import { levelOf } from './ftrace-function.ts';
import { eventOf, type FtraceRecord, type LineReader, nsOf, plainName } from './ftrace-records.ts';
import { Levels } from './levels.ts';

/** `[time |] cpu) [comm-pid |] [flags |] [mark duration us] | text`; which columns there are is up to trace options. */
const LINE =
  /^\s*(?:(?<time>\d+\.\d{6,9}) \|\s+)?(?<cpu>\d+)\)\s+(?:(?<comm>[^|]*?)-(?<pid>\d+)\s*\|\s*)?(?:(?<flags>[^\s|]{4,9})\s*\|\s*)?[-+!#*@$]?\s*(?:[\d.]+ us)?\s*\|\s*(?<text>.*)$/s;
/** The task of a CPU changes; the lines that follow carry the new one themselves. */
const SWITCH = /^ ?-+$|^ *\d+\)\s+\S.* {2}=> {2}\s*\S.*-\d+\s*$/;
const IRQ_EDGE =
  /^\s*(?:[\d.]+ \|\s+)?(?<cpu>\d+)\)(?:[^|]*-\d+\s*\|)?\s+(?<edge>==========>|<==========)\s*\|\s*$/;
const COMMENT = /^\/\* (?<payload>.*?)\s*\*\/$/s;
const LEAVE = /^\}(?: \/\* (?:<-)?(?<name>[\w.]+).*\*\/)?$/;
const CALL = /^(?<name>[\w.]+)(?: \[\w+\])?\(.*?\)(?<tail> \{|;).*$/s;

/** What the columns of a line say, with the context as the events before it leave it. */
type Place = Pick<FtraceRecord, 'line' | 't_ns' | 'cpu' | 'comm' | 'pid' | 'level'>;

/** Lines of function_graph. Who calls whom is what is open in the same task and context. */
export function graphReader(): LineReader {
  const levels = new Levels();
  const stacks = new Map<string, string[]>();
  return (text, line) => {
    if (SWITCH.test(text)) return [];
    const irq = IRQ_EDGE.exec(text)?.groups;
    if (irq !== undefined) {
      if (irq['edge']?.startsWith('=')) levels.enter(Number(irq['cpu']), 'hardirq');
      else levels.exit(Number(irq['cpu']), 'hardirq');
      return [];
    }
    const g = LINE.exec(text)?.groups;
    if (g === undefined) return null;
    const cpu = Number(g['cpu']);
    const pid = Number(g['pid'] ?? 0);
    const place = (level: Level): Place => ({
      line,
      t_ns: nsOf(g['time'] ?? '0.0'),
      cpu,
      comm: g['comm']?.trim() ?? '',
      pid,
      level: g['flags'] === undefined ? level : levelOf(g['flags']),
    });
    const body = g['text'] ?? '';
    const payload = COMMENT.exec(body)?.groups?.['payload'];
    if (payload !== undefined) return [commentOf(levels, place, cpu, payload)];
    const here = place(levels.of(cpu));
    return callOf(stackOf(stacks, here), here, body);
  };
}

/** A comment is an event, or else what was written into trace_marker, whose event name is not printed. */
function commentOf(
  levels: Levels,
  place: (level: Level) => Place,
  cpu: number,
  payload: string,
): FtraceRecord {
  const event = eventOf(payload);
  if (event?.name.includes('_') === true) return { ...place(levels.at(cpu, event)), what: event };
  const what = { kind: 'event', name: 'tracing_mark_write', text: payload } as const;
  return { ...place(levels.of(cpu)), what };
}

function callOf(stack: string[], place: Place, body: string): readonly FtraceRecord[] | null {
  const leave = LEAVE.exec(body)?.groups;
  if (leave !== undefined || body === '}') {
    const open = stack.pop();
    const name = leave?.['name'] === undefined ? (open ?? '') : plainName(leave['name']);
    return [{ ...place, what: { kind: 'return', name } }];
  }
  const g = CALL.exec(body)?.groups;
  if (g === undefined) return null;
  const name = plainName(g['name'] ?? '');
  const call = { ...place, what: { kind: 'call', name, caller: stack.at(-1) ?? '' } } as const;
  if (g['tail'] === ';') return [call, { ...place, what: { kind: 'return', name } }];
  stack.push(name);
  return [call];
}

/** The open functions of a task, apart for each level of interrupt on top of it. */
function stackOf(stacks: Map<string, string[]>, { pid, cpu, level }: Place): string[] {
  const key = `${pid === 0 ? `cpu ${cpu}` : pid} ${level}`;
  const stack = stacks.get(key) ?? [];
  stacks.set(key, stack);
  return stack;
}
