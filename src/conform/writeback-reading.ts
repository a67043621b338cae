/**
 * Reads off a log how the first bio of buffered writeback ended, in the columns of the decision table. Only what the log
 * says is used: calls with their contexts, places, and fields as they were written.
 */
import { Band, bandOf } from '../analysis/bands.ts';
import { bitOf, hasBit } from '../analysis/fields.ts';
import { NO_OBJECT } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { Walk } from './calls.ts';
import { preemptDepth, CTX_IRQS_OFF } from '../log/context.ts';
import {
  SPLIT_OFF,
  SUBMITTER_ENDS,
  WB_COLUMNS,
  WB_PLACES,
  WB_WORKERS,
  type WbChoice,
  type WbInput,
  type WbOutcome,
} from './writeback-columns.ts';

export type WbReading = {
  readonly outcomes: Readonly<Record<WbOutcome, string>>;
  /** Conditions that can be seen, too: whether the scenario is what the row says. */
  readonly inputs: Readonly<Partial<Record<WbInput, string>>>;
};

/** What a bio of buffered writeback ends with; a bio of the log, the journal or a flush has another. */
const HANDLERS: readonly string[] = [...WB_COLUMNS.outcomes.bi_end_io.values, 'end_bio_bh_io_sync'];
/** Called by `end_bio_bh_io_sync`: this is what the tables name. */
const BUFFER_END = 'end_buffer_async_write';
const DROPBEHIND = bitOf('folio.flags', 'PG_dropbehind');

/** The reading, or a sentence that says why there is none. The row says which bio is meant, and which kind of task it
 *  tells apart. */
export function readWriteback(log: LogView, choice: WbChoice): WbReading | string {
  return new WbReader(log, choice).read();
}

class WbReader {
  private readonly walk: Walk;
  private readonly choice: WbChoice;
  /** The bio that is read, once it was found, and what was made of it: its ioend, and for a piece that of the whole. */
  private bio: number = NO_OBJECT;
  private handler: string | null = null;
  private queued = false;
  private status = 0;
  private readonly hops: string[] = [];
  /** Where `bio_endio()` was entered. */
  private endedIn: 'irq' | 'task' | 'task-atomic' | null = null;
  /** Folios whose writeback has ended, the first of them where, and whether it was to be dropped then. */
  private endCtx: string | null = null;
  private endFolio: number = NO_OBJECT;
  private wasDropbehind = false;
  private dropCtx: string | null = null;

  constructor(log: LogView, choice: WbChoice) {
    this.walk = new Walk(log);
    this.choice = choice;
  }

  read(): WbReading | string {
    const { log } = this.walk;
    this.walk.each((kind, name, object) => {
      if (kind === Ev.Set && name === 'bi_end_io') this.takesHandler(object);
      else if (kind === Ev.Set && name === 'bi_status' && object === this.bio)
        this.status = log.value(this.walk.row);
      else if (kind === Ev.Trace && name === 'block_bio_queue' && object === this.bio) this.queued = true;
      else if (kind === Ev.Enter) this.enter(name, object);
      else if (kind === Ev.Put) this.put(object);
    });
    if (this.handler === null)
      return `no bio of writeback has ended, the run with “${log.name(log.rows - 1)}”`;
    if (this.endCtx === null) return 'no folio has ended its writeback';
    return { outcomes: this.outcomes(this.handler, this.endCtx), inputs: this.inputs() };
  }

  /** The first bio that the filesystem made, or the first that was split off one, is read. */
  private takesHandler(bio: number): void {
    const { log, row } = this.walk;
    const handler = log.string(log.value(row));
    if (!HANDLERS.includes(handler)) return;
    const split = log.objectType(log.objectParent(bio)) === 'bio';
    if (this.bio === NO_OBJECT && split === (this.choice.config === SPLIT_OFF)) this.bio = bio;
  }

  private enter(name: string, object: number): void {
    if (name === 'bio_endio' && object === this.bio) this.ends();
    else if (name === BUFFER_END && this.handler === 'end_bio_bh_io_sync') this.handler = BUFFER_END;
    else if (name === 'folio_end_writeback') this.folioEnds(object);
    else if (name === 'folio_unmap_invalidate' && this.dropsItsFolio()) this.dropCtx ??= this.context();
  }

  private ends(): void {
    const { log, walk } = this;
    const context = log.context(walk.row);
    const atomic = preemptDepth(context) > 0 || hasBit(context, CTX_IRQS_OFF);
    this.endedIn ??= bandOf(context) !== Band.Task ? 'irq' : atomic ? 'task-atomic' : 'task';
    if (this.handler === null) this.handler = log.string(walk.field(this.bio, 'bi_end_io'));
  }

  private put(object: number): void {
    const { log, row } = this.walk;
    const hop = WB_PLACES[log.objectType(log.value(row))];
    if (hop !== undefined && this.isOfBio(object)) this.hops.push(hop);
  }

  /** The bio itself, its ioend, or the end_io that it belongs to. */
  private isOfBio(object: number): boolean {
    const { log } = this;
    return (
      object === this.bio || log.objectParent(object) === this.bio || log.objectParent(this.bio) === object
    );
  }

  /** The first folio that ends. The folios of a split ioend end together, with the last of its pieces. */
  private folioEnds(folio: number): void {
    if (this.bio === NO_OBJECT || this.endCtx !== null || this.endedIn === null) return;
    this.endCtx = this.context();
    this.endFolio = folio;
    this.wasDropbehind = hasBit(this.walk.field(folio, 'flags'), DROPBEHIND);
  }

  private dropsItsFolio(): boolean {
    return this.endFolio !== NO_OBJECT && this.walk.around().includes('folio_end_writeback');
  }

  /** Who runs the present row, in the words of the tables. */
  private context(): string {
    const { log, row } = this.walk;
    if (bandOf(log.context(row)) !== Band.Task) return 'irq';
    const around = this.walk.around();
    const worker = around.map((name) => WB_WORKERS[name]).find((name) => name !== undefined);
    return worker ?? (this.queued ? 'completing task' : 'flusher task (submitter)');
  }

  private outcomes(bi_end_io: string, folio_end_writeback_ctx: string): Record<WbOutcome, string> {
    const dropped = this.dropCtx ?? 'skipped';
    return {
      bi_end_io,
      queue: this.hops.length === 0 ? 'none' : this.hops.join(' -> '),
      folio_end_writeback_ctx,
      dropbehind_ctx: this.wasDropbehind ? dropped : 'n/a',
    };
  }

  private inputs(): Partial<Record<WbInput, string>> {
    return {
      submit_error: this.queued ? 'n' : 'y',
      io_error: this.queued && this.status !== 0 ? 'y' : 'n',
      dontcache: this.wasDropbehind ? 'y' : 'n',
      bio_completes_in: this.completesIn(),
    };
  }

  /** As the row says it, if it means the same. */
  private completesIn(): string {
    if (!this.queued) return SUBMITTER_ENDS;
    const { bio_completes_in, config } = this.choice;
    // A kernel that does not count who disables preemption cannot tell the two kinds of task apart.
    const counts = !config.includes('PREEMPT_COUNT=n');
    const same = bio_completes_in === 'task-preemptible' || (bio_completes_in === 'task-atomic' && !counts);
    return this.endedIn === 'task' && same ? bio_completes_in : (this.endedIn ?? 'never');
  }

  private get log(): LogView {
    return this.walk.log;
  }
}
