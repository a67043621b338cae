import type { Columns } from '../log/columns.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { whyAtomic } from './atomic.ts';
import { bandOf } from './bands.ts';
import { bitOf, hasBit } from './fields.ts';
import { NO_CALL, Stacks } from './stacks.ts';

/** The handler of a bio begins where it may not sleep, although the bio, or the one it was cut off, is flagged. */
export type HandlerCall = {
  readonly row: number;
  readonly bio: number;
  /** It carries BIO_COMPLETE_IN_TASK itself. */
  readonly flagged: boolean;
  /** The flagged bio that it was cut off; 0 for none. */
  readonly whole: number;
  /** The function that calls it, or ''. */
  readonly caller: string;
  /** As `whyAtomic` says it. */
  readonly where: string;
  /** The innermost spinlock held there; 0 for none. */
  readonly lock: number;
};

const known = new WeakMap<LogView, { readonly rows: number; readonly calls: readonly HandlerCall[] }>();

/** All such calls of a log, ascending: found in one pass that allocates only for what it finds. */
export function handlersInAtomic(log: LogView): readonly HandlerCall[] {
  let entry = known.get(log);
  if (entry?.rows !== log.rows) {
    const pass = new Pass(log);
    if (log.stringId('bi_flags') >= 0) pass.all(); // else nothing is flagged
    entry = { rows: log.rows, calls: pass.calls };
    known.set(log, entry);
  }
  return entry.calls;
}

class Pass {
  readonly calls: HandlerCall[] = [];
  private readonly log: LogView;
  private readonly stacks = new Stacks();
  private readonly flagged: Uint8Array;
  /** Name of each bio's handler, as a string id. */
  private readonly handler: Float64Array;
  /** Spinlocks that are held, by 3 * CPU + band. */
  private readonly held = new Map<number, number[]>();
  private readonly names: { readonly flags: number; readonly end: number; readonly lock: number };

  constructor(log: LogView) {
    this.log = log;
    this.flagged = new Uint8Array(log.objectCount);
    this.handler = new Float64Array(log.objectCount).fill(-1);
    const id = (text: string): number => log.stringId(text);
    this.names = { flags: id('bi_flags'), end: id('bi_end_io'), lock: id('spinlock_t') };
  }

  all(): void {
    const bit = bitOf('bio.bi_flags', 'BIO_COMPLETE_IN_TASK');
    const { names, stacks, flagged, handler } = this;
    for (let c = 0, chunk = this.log.chunk(0); chunk !== null; chunk = this.log.chunk(++c)) {
      const { columns, first, count } = chunk;
      const { kind, name, object, value } = columns;
      for (let i = 0; i < count; i++) {
        stacks.apply(columns, i, first + i);
        switch (kind[i]! as Ev) {
          case Ev.Set:
            if (name[i] === names.flags) flagged[object[i]!] = Number(hasBit(value[i]!, bit));
            else if (name[i] === names.end) handler[object[i]!] = value[i]!;
            break;
          case Ev.Enter:
            if (handler[object[i]!] === name[i]) this.enter(columns, i, first + i);
            break;
          case Ev.Lock:
          case Ev.Unlock:
            this.hold(columns, i, kind[i] === Ev.Lock);
            break;
          default:
        }
      }
    }
  }

  private hold(columns: Columns, i: number, taken: boolean): void {
    const lock = columns.object[i]!;
    if (this.log.objectTypeId(lock) !== this.names.lock) return;
    const place = 3 * columns.cpu[i]! + bandOf(columns.context[i]!);
    const held = this.held.get(place) ?? [];
    this.held.set(place, held);
    if (taken) held.push(lock);
    else if (held.includes(lock)) held.splice(held.lastIndexOf(lock), 1);
  }

  private enter(columns: Columns, i: number, row: number): void {
    const where = whyAtomic(columns.context[i]!);
    if (where === null) return;
    const { log, stacks } = this;
    const bio = columns.object[i]!;
    const whole = log.objectParent(bio);
    const flagged = this.flagged[bio] === 1;
    if (!flagged && this.flagged[whole] !== 1) return;
    const [cpu, band] = [columns.cpu[i]!, bandOf(columns.context[i]!)];
    const call = stacks.top(cpu, band);
    const below = call === NO_CALL ? NO_CALL : stacks.below[call]!;
    this.calls.push({
      row,
      bio,
      flagged,
      whole: this.flagged[whole] === 1 ? whole : 0,
      caller: below === NO_CALL ? '' : log.string(stacks.name[below]!),
      where,
      lock: this.held.get(3 * cpu + band)?.at(-1) ?? 0,
    });
  }
}
