/** Walking over a log with the call stacks at hand. */
import { Band, bandOf } from '../analysis/bands.ts';
import { NO_CALL, Stacks } from '../analysis/stacks.ts';
import { NO_OBJECT } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';

/** In which of the ways that the tables tell apart some kernel code runs. */
export type Context = 'submitting-task' | 'irq' | 'iopoll-loop' | 'task_work' | 'kworker';

const POLL_LOOPS = ['io_do_iopoll'];
const TASK_WORK = [
  'task_work_run',
  'tctx_task_work_run',
  'io_handle_tw_list',
  '__io_run_local_work',
  'io_run_local_work',
];
const WORKERS = ['process_one_work'];

/** A walk along the rows of a log: at each row, what calls are open and what fields hold. */
export class Walk {
  readonly log: LogView;
  /** The row that was taken last. */
  row = -1;
  private readonly stacks = new Stacks();
  /** Values by object and name of the field, see `keyOf`. */
  private readonly fields = new Map<number, number>();

  constructor(log: LogView) {
    this.log = log;
  }

  /** Calls `visit` at every row of the log, one after the other. */
  each(visit: (kind: Ev, name: string, object: number) => void): void {
    const { log } = this;
    for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) {
      for (let i = 0; i < chunk.count; i++) {
        const row = chunk.first + i;
        this.row = row;
        this.stacks.apply(chunk.columns, i, row);
        const kind = chunk.columns.kind[i]! as Ev;
        const object = chunk.columns.object[i]!;
        if (kind === Ev.Set) this.fields.set(keyOf(object, chunk.columns.name[i]!), chunk.columns.value[i]!);
        visit(kind, log.string(chunk.columns.name[i]!), object);
      }
    }
  }

  /** What a field of an object holds now; 0 before its first write, as its type has it. */
  field(object: number, name: string): number {
    return this.fields.get(keyOf(object, this.log.stringId(name))) ?? 0;
  }

  /** The functions around the present row, on its CPU and in its band, the innermost first. */
  around(): readonly string[] {
    const { log, stacks, row } = this;
    const names: string[] = [];
    for (let c = stacks.top(log.cpu(row), bandOf(log.context(row))); c !== NO_CALL; c = stacks.below[c]!)
      names.push(log.string(stacks.name[c]!));
    return names;
  }

  /** In which way the present row runs. */
  context(): Context {
    if (bandOf(this.log.context(this.row)) !== Band.Task) return 'irq';
    const around = this.around();
    const isInside = (functions: readonly string[]): boolean =>
      functions.some((name) => around.includes(name));
    if (isInside(POLL_LOOPS)) return 'iopoll-loop';
    if (isInside(TASK_WORK)) return 'task_work';
    return isInside(WORKERS) ? 'kworker' : 'submitting-task';
  }

  /** The object of this type that an object is or belongs to, or `NO_OBJECT`. */
  owner(object: number, type: string): number {
    for (let o = object; o !== NO_OBJECT; o = this.log.objectParent(o))
      if (this.log.objectType(o) === type) return o;
    return NO_OBJECT;
  }
}

/** An object and a string id as one number. */
const keyOf = (object: number, name: number): number => object * 65_536 + name;
