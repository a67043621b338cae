import { type Entry, inTextOrder, type Place } from './fio-text.ts';

/**
 * What became of an option:
 * used: it shapes the simulation.
 * no-effect: it changes nothing that is simulated.
 * substituted: real fio would do something that is not modelled; the message says what is simulated instead.
 * refused: it would open files or run commands, or a whole job that cannot be simulated was left out.
 * unknown: fio does not know it either.
 */
export type FioNote = Place & {
  readonly kind: 'used' | 'no-effect' | 'substituted' | 'refused' | 'unknown';
  readonly option: string;
  /** As written; empty for a bare key, and for something that was not written at all. */
  readonly value: string;
  /** The job, or "global". */
  readonly job: string;
  readonly message: string;
};

type Remark = Pick<FioNote, 'kind' | 'job' | 'message'>;

/** Collects notes. What is said of an option for a single job replaces the general sentence about it. */
export class Notes {
  private readonly general = new Map<Entry, FioNote>();
  private readonly special = new Map<Entry, FioNote[]>();
  private readonly unwritten: FioNote[] = [];

  /** The first thing to say about an option, from the table. */
  classify(entry: Entry, remark: Remark): void {
    this.general.set(entry, noteOn(entry, remark));
  }

  /** What a job makes of an option. The same for several jobs (clones, heirs of a [global]) is said once. */
  say(entry: Entry, remark: Remark): void {
    const said = this.special.get(entry) ?? [];
    if (said.some(({ kind, message }) => kind === remark.kind && message === remark.message)) return;
    this.special.set(entry, [...said, noteOn(entry, remark)]);
  }

  /** Something that follows from an option that is not there. */
  missing(option: string, at: Place, remark: Remark): void {
    this.unwritten.push({ ...at, option, value: '', ...remark });
  }

  /** All notes in the order of the text. */
  list(): readonly FioNote[] {
    const written = [...this.general].flatMap(([entry, note]) => this.special.get(entry) ?? [note]);
    return [...written, ...this.unwritten].sort(inTextOrder);
  }
}

function noteOn(entry: Entry, remark: Remark): FioNote {
  return { ...entry.at, option: entry.key, value: entry.value ?? '', ...remark };
}
