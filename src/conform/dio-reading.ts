/**
 * Reads off a log how its one direct I/O went, in the columns of the decision table. Only what the log says is used:
 * calls with their contexts, and fields as they were written.
 */
import { bitOf, hasBit } from '../analysis/fields.ts';
import { FIELDS } from '../kernel/catalogue.ts';
import type { Switches } from '../kernel/switches.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { type Context, Walk } from './calls.ts';
import { DIO_COLUMNS, type DioInput, type DioOutcome } from './dio-columns.ts';
import { canonical } from './table.ts';

/** How the names of flags differ between kernels. */
export type FlagNames = Pick<Switches, 'WT_NAME' | 'CALLER_FLAG' | 'BUF_FLAG'>;

export type DioReading = {
  readonly outcomes: Readonly<Record<DioOutcome, string>>;
  /** Conditions that can be seen, too: whether the scenario is what the row says. */
  readonly inputs: Readonly<Partial<Record<DioInput, string>>>;
};

/** Ends of the bios that carry data; a bio of the journal or of a flush has another. */
const DATA_ENDS = ['iomap_dio_bio_end_io', 'iomap_dio_simple_end_io'];
/** A part of a data bio that the block layer has split off. */
const SPLIT_END = 'bio_chain_endio';
/** The short path of small reads submits its bio from here; a synchronous one waits for it with another end. */
const SIMPLE_READ = '__iomap_dio_read_simple';
const SIMPLE_WAIT_END = 'submit_bio_wait_endio';
const COMPLETIONS = ['iomap_dio_complete', 'iomap_dio_simple_complete'];
const COMPLETION_WORKS = ['iomap_dio_complete_work', 'iomap_dio_simple_complete_work'];

/** The reading, or a sentence that says why there is none. */
export function readDio(log: LogView, names: FlagNames): DioReading | string {
  const reader = new DioReader(log, names);
  return reader.read();
}

/** What is known of one call of `iomap_dio_rw`. */
class Attempt {
  readonly found: Partial<Record<DioOutcome, string>> = {};
  readonly seen: Partial<Record<DioInput, string>> = {};
  completions = 0;
  isWrite = false;
  isWoken = false;
  isSynced = false;
  readonly dataBios = new Set<number>();
  /** Whether the polled bios kept their bit until they ended. */
  polled: 'never' | 'kept' | 'stripped' = 'never';
  /** Data bios that iomap wanted to be FUA, and requests of data that reached the driver, with and without the bit. */
  readonly wantedFua = new Set<number>();
  readonly issued = { fua: 0, plain: 0 };
  notify: string | null = null;
  kiocbDone: Context | null = null;
}

class DioReader {
  private readonly walk: Walk;
  private readonly names: FlagNames;
  /** The present attempt. One that fails with -EAGAIN is followed by another, and the last one is read. */
  /** How often the application was told: of all attempts together once is right. */
  private notices = 0;
  private io = new Attempt();

  constructor(log: LogView, names: FlagNames) {
    this.walk = new Walk(log);
    this.names = names;
  }

  read(): DioReading | string {
    const { log } = this.walk;
    this.walk.each((kind, name, object) => {
      if (kind === Ev.Enter) this.enter(name, object);
      else if (kind === Ev.Trace && name === 'block_rq_issue') this.issue(object);
      else if (kind === Ev.Set && name === 'iopoll_completed') this.iopollCompleted(object);
      else if (kind === Ev.Notify) this.notified(name);
    });
    if (this.io.completions !== 1) {
      const times =
        this.io.completions === 0 ? 'has not completed' : `has completed ${this.io.completions} times`;
      return `the direct I/O ${times}, and the run ended with “${log.name(log.rows - 1)}”`;
    }
    if (this.notices !== 1) return `the application has learnt of the direct I/O ${this.notices} times`;
    return { outcomes: this.outcomes(), inputs: this.io.seen };
  }

  private enter(name: string, object: number): void {
    const { walk } = this;
    if (COMPLETIONS.includes(name)) this.completes(object);
    else if (name === 'iomap_dio_rw') this.begins(object);
    else if (name === 'submit_bio') this.submits(object);
    else if (name === 'bio_endio') this.bioEnds(object);
    else if (name === 'blk_wake_io_task')
      this.io.isWoken ||= walk.around().some((around) => DATA_ENDS.includes(around));
    else if (name === SIMPLE_WAIT_END) this.io.isWoken ||= this.io.dataBios.has(object);
    else if (name === 'kiocb_invalidate_post_direct_write') this.io.found.post_invalidate = 'called';
    else if (name === 'generic_write_sync') this.io.isSynced ||= walk.around().includes('iomap_dio_complete');
    else if (name === 'aio_complete_rw') this.io.notify ??= `aio_complete-in-${walk.context()}`;
    else if (name === 'io_complete_rw') this.completesRw();
    else if (name === 'kiocb_done') this.io.kiocbDone = walk.context();
  }

  /** The kiocb as the filesystem gets it. */
  private begins(kiocb: number): void {
    if (this.walk.log.objectType(kiocb) !== 'kiocb') return;
    this.io = new Attempt();
    this.io.isWrite = this.has(kiocb, 'ki_flags', 'IOCB_WRITE');
    this.io.seen.op = this.io.isWrite ? 'write' : 'read';
    this.io.seen.kiocb = this.walk.field(kiocb, 'ki_complete') === 0 ? 'sync' : 'async';
    this.io.seen.hipri = yesNo(this.has(kiocb, 'ki_flags', 'IOCB_HIPRI'));
    this.io.seen.caller_comp_requested = yesNo(
      ['IOCB_DIO_CALLER_COMP', 'IOCB_DIO_DEFER'].some((bit) => this.has(kiocb, 'ki_flags', bit)),
    );
  }

  private submits(bio: number): void {
    const { walk } = this;
    const around = walk.around();
    const isData = around.includes(SIMPLE_READ) || DATA_ENDS.includes(this.endOf(bio));
    if (!isData || around.includes('iomap_dio_zero')) return;
    this.io.dataBios.add(bio);
    if (this.has(bio, 'bi_opf', 'REQ_FUA')) this.io.wantedFua.add(bio);
    if (this.has(bio, 'bi_opf', 'REQ_POLLED')) this.io.polled = 'kept';
    const kiocb = walk.owner(bio, 'kiocb');
    const isSync = walk.field(kiocb, 'ki_complete') === 0;
    this.io.found.hipri_at_submit ??= isSync ? 'n/a' : yesNo(this.has(kiocb, 'ki_flags', 'IOCB_HIPRI'));
  }

  /** A bio that was split ends once for each of its parts; the last time counts. */
  private bioEnds(bio: number): void {
    if (!this.io.dataBios.has(bio) || this.io.polled === 'never') return;
    this.io.polled = this.has(bio, 'bi_opf', 'REQ_POLLED') ? 'kept' : 'stripped';
  }

  private issue(rq: number): void {
    const bio = this.walk.log.objectParent(rq);
    const { log } = this.walk;
    if (log.objectType(bio) !== 'bio') return;
    if (!this.io.dataBios.has(bio) && this.endOf(bio) !== SPLIT_END) return;
    if (this.has(rq, 'cmd_flags', 'REQ_FUA')) this.io.issued.fua++;
    else this.io.issued.plain++;
  }

  /** `kiocb_done` hands a failure on to it, in the submitter itself; the issuer has learnt of it by then. */
  private completesRw(): void {
    if (this.walk.around().includes('kiocb_done')) return;
    this.io.notify ??= `io_complete_rw-in-${this.walk.context()}`;
  }

  private iopollCompleted(req: number): void {
    if (this.walk.field(req, 'iopoll_completed') === 0) return;
    this.io.notify ??= `iopoll_completed-set-in-${this.walk.context()}`;
  }

  /** The result becomes visible to the application. */
  private notified(name: string): void {
    this.notices++;
    if (name === 'return') this.io.notify ??= 'return-value';
    else if (name === 'cqe' && this.io.notify?.startsWith('io_complete_rw-in-') === true)
      this.io.notify += `-then-${this.walk.context()}`;
    else if (name === 'cqe') this.io.notify ??= `kiocb_done-in-${this.io.kiocbDone ?? 'nowhere'}`;
  }

  private completes(object: number): void {
    const { walk } = this;
    this.io.completions++;
    const context = walk.context();
    this.io.found.context = context;
    this.io.found.path = this.pathHere(context);
    this.io.found.flags_at_completion =
      walk.log.objectType(object) === 'iomap_dio' ? this.flagsText(walk.field(object, 'flags')) : 'n/a';
  }

  private pathHere(context: Context): string {
    const around = this.walk.around();
    if (context === 'irq') return 'inline-irq';
    if (context === 'iopoll-loop') return 'inline-poll';
    if (around.includes('iomap_dio_deferred_complete')) return `caller-comp-${context.replace('_', '-')}`;
    if (context === 'kworker')
      return COMPLETION_WORKS.some((work) => around.includes(work)) ? 's_dio_done_wq' : 'inline-kworker';
    return this.io.isWoken ? 'wait-wake' : 'submitter-direct';
  }

  /** Flags without their prefix, under the names of this kernel, in the order of the fact sheet. */
  private flagsText(flags: number): string {
    const { WT_NAME, CALLER_FLAG, BUF_FLAG } = this.names;
    const called: Readonly<Record<string, string>> = {
      WRITE_THROUGH: WT_NAME,
      CALLER_COMP: CALLER_FLAG,
      DIRTY: BUF_FLAG,
    };
    const bits = Object.entries(FIELDS.get('iomap_dio.flags')?.bits ?? {});
    const names = bits
      .filter(([, bit]) => hasBit(flags, bit))
      .map(([name]) => name.replace(/^IOMAP_DIO_/, ''))
      .map((name) => called[name] ?? name);
    return canonical(names, DIO_COLUMNS.outcomes.flags_at_completion).join('+') || 'none';
  }

  private outcomes(): Record<DioOutcome, string> {
    if (this.io.dataBios.size > 0) this.io.seen.bios = this.io.dataBios.size > 1 ? 'multi' : 'single';
    return {
      flags_at_completion: 'none',
      hipri_at_submit: 'n/a',
      path: 'none',
      context: 'none',
      ...this.io.found,
      sync_after: yesNo(this.io.isSynced),
      post_invalidate: this.io.isWrite ? (this.io.found.post_invalidate ?? 'skipped') : 'n/a',
      req_polled: this.io.polled,
      notify: this.io.notify ?? 'none',
      fua: this.fua(),
    };
  }

  private fua(): string {
    if (this.io.wantedFua.size === 0) return this.io.issued.fua === 0 ? 'no' : 'sent unasked';
    if (this.io.issued.plain === 0) return 'sent';
    return this.io.issued.fua === 0 ? 'stripped' : 'sent in part';
  }

  private endOf(bio: number): string {
    return this.walk.log.string(this.walk.field(bio, 'bi_end_io'));
  }

  private has(object: number, field: string, flag: string): boolean {
    const type = this.walk.log.objectType(object);

    return hasBit(this.walk.field(object, field), bitOf(`${type}.${field}`, flag));
  }
}

const yesNo = (is: boolean): 'yes' | 'no' => (is ? 'yes' : 'no');
