import { secondsText } from '../analysis/text.ts';
import { grouped } from './lines.ts';
import type { Progress } from './simulate.ts';

const QUIET_MS = 1000;
const EVERY_MS = 200;

/** A line on a terminal that tells how far a run is, once it has taken a second. */
export class ProgressLine {
  private readonly started_ms: number;
  private shown_ms = 0;
  private readonly now: () => number;
  private readonly put: (text: string) => void;

  constructor(now: () => number, put: (text: string) => void) {
    this.now = now;
    this.put = put;
    this.started_ms = now();
  }

  tell({ rows, time_ns }: Progress): void {
    const now = this.now();
    if (now - this.started_ms < QUIET_MS || now - this.shown_ms < EVERY_MS) return;
    this.shown_ms = now;
    this.put(`${CLEAR}simulating: ${grouped(rows)} events, ${secondsText(time_ns)} s`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.shown_ms > 0) this.put(CLEAR);
  }
}

const BAR_CHARS = 30;

/** A bar on a terminal that tells how much of a known amount is done, once it has taken a second. */
export class ProgressBar {
  private readonly started_ms: number;
  private shown_ms = 0;
  private readonly now: () => number;
  private readonly what: string;
  private readonly put: (text: string) => void;

  /** `what` is counted: “rows”. */
  constructor(now: () => number, what: string, put: (text: string) => void) {
    this.now = now;
    this.what = what;
    this.put = put;
    this.started_ms = now();
  }

  tell(done: number, total: number): void {
    const now = this.now();
    if (now - this.started_ms < QUIET_MS || now - this.shown_ms < EVERY_MS) return;
    this.shown_ms = now;
    const filled = Math.floor((BAR_CHARS * done) / total);
    const bar = '#'.repeat(filled).padEnd(BAR_CHARS, '.');
    this.put(
      `${CLEAR}[${bar}] ${grouped(done)} of ${grouped(total)} ${this.what}${leftText(now - this.started_ms, done, total)}`,
    );
  }

  /** Takes the bar away. */
  end(): void {
    if (this.shown_ms > 0) this.put(CLEAR);
  }
}

/** How long the rest takes if it goes on as before. */
function leftText(spent_ms: number, done: number, total: number): string {
  return done === 0 ? '' : `, about ${Math.ceil((spent_ms * (total - done)) / done / 1000)} s left`;
}

/** To the start of the line, and the line empty. */
const CLEAR = '\r\u001b[K';
