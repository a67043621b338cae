import type { Severity } from '../analysis/monitor.ts';
import type { DelayOptions } from '../experiment/delay.ts';
import type { Options, Shard } from '../experiment/plan.ts';
import type { KernelName } from '../kernel/kernels.ts';

/** What the arguments ask for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'presets'; readonly format: 'text' | 'json' }
  | { readonly kind: 'url'; readonly source: Source; readonly edits: Edits }
  | ConformCommand
  | TraceCommand
  | ExperimentCommand
  | DelayCommand
  | RunCommand;

export type RunCommand = {
  readonly kind: 'run';
  readonly source: Source;
  readonly edits: Edits;
  readonly format: Format;
  /** The least severity of a finding that makes the exit status 1. */
  readonly failOn: Severity;
  /** Print every event of the log. */
  readonly events: boolean;
};

/** Examine the model with a table. */
export type ConformCommand = {
  readonly kind: 'conform';
  /** A path, or `-` for standard input. */
  readonly file: string;
  /** The one row to run, or null for all. */
  readonly row: string | null;
  readonly format: 'text' | 'json';
  /** What links begin with: the address of the page, or nothing. */
  readonly site: string;
};

/** Examine the model with recordings of real kernels. */
export type TraceCommand = {
  readonly kind: 'conform-trace';
  /** Files of ftrace text, and folders that hold such. */
  readonly paths: readonly string[];
  readonly format: 'text' | 'json';
  /** What links begin with: the address of the page, or nothing. */
  readonly site: string;
};

/** Simulate a published experiment, or put the parts of one together. */
export type ExperimentCommand = {
  readonly kind: 'experiment';
  readonly options: Options;
  /** Only this part of it; null for all. */
  readonly shard: Shard | null;
  /** Results of shards to merge, in place of simulating; null to simulate. */
  readonly files: readonly string[] | null;
  readonly format: Format;
};

/** Simulate the published figures of the delay before a batch of bios. */
export type DelayCommand = {
  readonly kind: 'delay';
  readonly options: DelayOptions;
  readonly format: 'text' | 'json';
};

export const FORMATS = ['text', 'json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** Where the scenario comes from. */
export type Source =
  /** A file, a link or a preset, told apart later. */
  | { readonly kind: 'argument'; readonly text: string }
  | { readonly kind: 'stdin' }
  /** The words of a fio command, as the shell had split them. */
  | { readonly kind: 'fio'; readonly words: readonly string[] };

/** What the options change of the scenario, in this order. */
export type Edits = {
  readonly kernel: KernelName | null;
  readonly ios: number | null;
  readonly seed: number | null;
  readonly events: number | null;
  readonly sets: readonly Setting[];
};

/** `--set name=value`: a switch, or a field by its path. */
export type Setting = { readonly name: string; readonly value: string };

/** Exit statuses. */
export const EXIT = {
  clean: 0,
  hazard: 1,
  /** The arguments or the input are at fault. */
  badInput: 2,
  /** bioscope itself is at fault; the number is EX_SOFTWARE of sysexits.h. */
  failure: 70,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
