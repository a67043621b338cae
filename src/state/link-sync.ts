import { encodeLink, replaceView } from '../link/link.ts';
import { problemText } from '../link/state.ts';
import type { AppState } from './app-state.ts';
import { applyLink, readLink } from './link-apply.ts';
import { LINK_PRESETS, linkStateOf, publishedOf } from './link-view.ts';
import type { AppStore } from './store.ts';

/** The part of the browser that the link lives in; tests hand in their own. */
export interface AddressBar {
  /** The fragment without its `#`. */
  fragment(): string;
  push(fragment: string): void;
  replace(fragment: string): void;
  /** Calls back when the user goes back, forward, or edits the address. Returns how to stop. */
  onNavigate(listener: () => void): () => void;
}

/** A gesture is over, and the next one gets a history entry of its own, when nothing has moved for so long. */
export const REST_MS = 500;
/** Scrubbing rewrites the address at most so often; browsers limit it. */
export const SCRUB_MS = 400;

/** Deliberate steps: Back undoes them one by one. */
const STEPS = [
  'version',
  'selection',
  'io',
  'range',
  'axis',
  'window',
  'flows',
  'collapsed',
  'view',
  'tab',
  'panels',
] as const;
/** What only moves on: it rewrites the present entry. */
const SCRUBS = ['cursor', 'playing', 'search', 'follow', 'linkTitle', 'pendingPlace'] as const;

const differs = (keys: readonly (keyof AppState)[], a: AppState, b: AppState): boolean =>
  keys.some((key) => a[key] !== b[key]);

/**
 * Keeps the address a link to what is on screen, and the screen what the address says. The sole owner of the URL.
 * One gesture is one history entry: its first change makes the entry, the following ones rewrite it.
 */
export class LinkSync {
  private readonly store: AppStore;
  private readonly bar: AddressBar;
  private readonly stops: (() => void)[] = [];
  /** The fragment last written, and the scenario in it. */
  private fragment = '';
  private written: AppState['version'] | null = null;
  private gesture: ReturnType<typeof setTimeout> | null = null;
  private writing: ReturnType<typeof setTimeout> | null = null;
  private mustPush = false;
  /** True while the state follows the address, which must not be answered by writing the address. */
  private following = false;
  /** Writes and reads one after the other, since both may wait for the compressor. */
  private queue: Promise<void> = Promise.resolve();

  constructor(store: AppStore, bar: AddressBar) {
    this.store = store;
    this.bar = bar;
  }

  /** Opens what the address says, or the first preset, runs it, and keeps both in step from then on. */
  async start(): Promise<void> {
    await this.follow(true);
    this.stops.push(this.store.subscribe((s, before) => this.onChange(s, before)));
    this.stops.push(this.bar.onNavigate(() => this.enqueue(() => this.follow(false))));
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
    if (this.gesture !== null) clearTimeout(this.gesture);
    if (this.writing !== null) clearTimeout(this.writing);
  }

  /** The fragment of what is on screen now, for the share dialog. */
  async current(): Promise<string> {
    this.writeNow();
    await this.queue;
    return this.fragment;
  }

  private onChange(s: AppState, before: AppState): void {
    if (this.following) return;
    // A run that finds its place again is no step of the reader's.
    const steps = differs(STEPS, s, before) || publishedOf(s) !== publishedOf(before);
    if ((steps && before.pendingPlace === null) || s.version !== before.version) this.step();
    else if (s.playing || !(steps || differs(SCRUBS, s, before))) return;
    this.writing ??= setTimeout(() => this.writeNow(), this.mustPush ? 0 : SCRUB_MS);
  }

  /** A deliberate change: the first of a gesture asks for a new entry. */
  private step(): void {
    if (this.gesture === null) {
      this.mustPush = true;
      if (this.writing !== null) clearTimeout(this.writing);
      this.writing = null;
    } else clearTimeout(this.gesture);
    this.gesture = setTimeout(() => (this.gesture = null), REST_MS);
  }

  private writeNow(): void {
    if (this.writing !== null) clearTimeout(this.writing);
    this.writing = null;
    const push = this.mustPush;
    this.mustPush = false;
    const state = this.store.getState();
    this.enqueue(() => this.write(state, push));
  }

  private async write(s: AppState, push: boolean): Promise<void> {
    const link = linkStateOf(s);
    let fragment = '';
    if (s.version === this.written && this.fragment !== '') fragment = replaceView(this.fragment, link.view);
    else {
      const encoded = await encodeLink(link, LINK_PRESETS);
      if (encoded.ok) fragment = encoded.value;
      else
        s.say('link', 'warning', problemText(encoded.error), [
          'Save the scenario as a file (Ctrl+S) and send that.',
        ]);
    }
    this.written = s.version;
    if (fragment === this.fragment) return;
    this.fragment = fragment;
    if (push) this.bar.push(fragment);
    else this.bar.replace(fragment);
  }

  /** Makes the state what the address says. */
  private async follow(isFirst: boolean): Promise<void> {
    const fragment = this.bar.fragment();
    if (!isFirst && fragment === this.fragment) return;
    const decoded = await readLink(fragment);
    this.following = true;
    applyLink(this.store, decoded);
    this.following = false;
    this.fragment = fragment;
    const isWhole = decoded.hasScenario && decoded.problems.length === 0;
    this.written = isWhole ? this.store.getState().version : null;
  }

  private enqueue(task: () => Promise<void>): void {
    this.queue = this.queue.then(task);
  }
}
