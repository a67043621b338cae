import { Ev, EV_NAMES, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { iosOfLog } from './derived.ts';

/** Kinds of events that are looked for together. */
export const EVENT_GROUPS = {
  all: { title: 'All events', kinds: null },
  calls: { title: 'Function calls', kinds: [Ev.Enter, Ev.Exit] },
  decisions: { title: 'Decisions', kinds: [Ev.Decide, Ev.Input] },
  scheduling: {
    title: 'Interrupts and scheduling',
    kinds: [Ev.Irq, Ev.IrqEnd, Ev.Softirq, Ev.SoftirqEnd, Ev.Switch, Ev.Wake, Ev.Sleep, Ev.Spin],
  },
  traces: { title: 'Tracepoints', kinds: [Ev.Trace, Ev.Notify] },
  places: { title: 'Lists and queues', kinds: [Ev.Put, Ev.Take] },
  fields: { title: 'Objects and fields', kinds: [Ev.New, Ev.Free, Ev.Set] },
  hazards: { title: 'Hazards', kinds: [Ev.Hazard] },
} as const satisfies Record<string, { readonly title: string; readonly kinds: readonly Ev[] | null }>;
export type EventGroup = keyof typeof EVENT_GROUPS;
export const EVENT_GROUP_IDS = Object.keys(EVENT_GROUPS) as EventGroup[];

export type EventFilter = {
  /** Part of a function, field, rule, tracepoint, kind or object name, or "cpu 2"; case does not matter. */
  readonly text: string;
  readonly group: EventGroup;
  /** Object at the top of an I/O: only its events. */
  readonly io: number | null;
};

/** Those of the first `rows` rows that pass, ascending; null stands for all of them. One pass over typed columns: strings are compared once
 *  per string, not once per row. */
export function filteredRows(log: LogView, rows: number, filter: EventFilter): Uint32Array | null {
  const text = filter.text.trim().toLowerCase();
  const kinds: readonly Ev[] | null = EVENT_GROUPS[filter.group].kinds;
  if (text === '' && kinds === null && filter.io === null) return null;
  const wanted = wantedText(log, text);
  const byKind = Uint8Array.from(EV_NAMES, (_, kind) =>
    kinds === null || kinds.includes(kind as Ev) ? 1 : 0,
  );
  const ios = filter.io === null ? null : iosOfLog(log);
  const io = ios?.ofObject(filter.io ?? 0) ?? -1;
  const found: number[] = [];
  for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) {
    const { kind, name, object, cpu } = chunk.columns;
    const count = Math.min(chunk.count, rows - chunk.first);
    for (let i = 0; i < count; i++) {
      if (byKind[kind[i]!] === 0) continue;
      if (ios !== null && ios.ofObject(object[i]!) !== io) continue;
      if (
        wanted === null ||
        wanted.names[name[i]!] ||
        wanted.objects[object[i]!] ||
        wanted.kinds[kind[i]!] ||
        (wanted.cpu !== null && cpu[i] === wanted.cpu)
      )
        found.push(chunk.first + i);
    }
  }
  return Uint32Array.from(found);
}

/** Which strings, objects and kinds contain the text; null when there is no text. */
function wantedText(log: LogView, text: string) {
  if (text === '') return null;
  const has = (name: string): number => (name.toLowerCase().includes(text) ? 1 : 0);
  const cpu = /^cpu ?(\d{1,3})$/.exec(text)?.[1];
  return {
    names: Uint8Array.from({ length: log.stringCount }, (_, id) => has(log.string(id))),
    objects: Uint8Array.from({ length: log.objectCount }, (_, id) =>
      id === 0 ? 0 : has(log.objectName(id)),
    ),
    kinds: Uint8Array.from(EV_NAMES, has),
    cpu: cpu === undefined ? null : Math.min(Number(cpu), NO_CPU),
  };
}
