import { parseArgs } from 'node:util';
import { SEVERITIES } from '../analysis/monitor.ts';
import { err, ok, type Result } from '../base/result.ts';
import { DELAY_DEFAULTS, DELAY_HZ, DELAY_IOS } from '../experiment/delay.ts';
import { BOUNDS, DEFAULTS, readCvs, readShard } from '../experiment/plan.ts';
import { KERNEL_NAMES } from '../kernel/kernels.ts';
import { LIMITS } from '../scenario/limits.ts';
import { type Command, type Edits, FORMATS, type Setting, type Source } from './command.ts';
import { didYouMean } from '../scenario/nearest.ts';

const COMMANDS = ['run', 'url', 'presets', 'conform', 'experiment'] as const;
type CommandName = (typeof COMMANDS)[number];

/** Every option, and the commands that take it. */
const OPTIONS = {
  seed: { type: 'string', of: ['run', 'url'] },
  set: { type: 'string', multiple: true, of: ['run', 'url'] },
  kernel: { type: 'string', of: ['run', 'url'] },
  ios: { type: 'string', of: ['run', 'url', 'experiment'] },
  'limit-events': { type: 'string', of: ['run', 'url'] },
  format: { type: 'string', of: ['run', 'presets', 'conform', 'experiment'] },
  hz: { type: 'string', of: ['experiment'] },
  cv: { type: 'string', of: ['experiment'] },
  seeds: { type: 'string', of: ['experiment'] },
  shard: { type: 'string', of: ['experiment'] },
  merge: { type: 'boolean', of: ['experiment'] },
  'fail-on': { type: 'string', of: ['run'] },
  events: { type: 'boolean', of: ['run'] },
  row: { type: 'string', of: ['conform'] },
  site: { type: 'string', of: ['conform'] },
  trace: { type: 'boolean', of: ['conform'] },
  help: { type: 'boolean', short: 'h', of: COMMANDS },
  version: { type: 'boolean', of: COMMANDS },
} as const satisfies Record<
  string,
  { type: 'string' | 'boolean'; multiple?: boolean; short?: string; of: readonly CommandName[] }
>;
type OptionName = keyof typeof OPTIONS;
const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

/** Reads the arguments. The errors are sentences, all of them and not the first. */
export function parseCommand(argv: readonly string[]): Result<Command, readonly string[]> {
  const { own, fio } = parted(argv);
  const { values, positionals, problems } = readTokens(own);
  if (values.help === true) return ok({ kind: 'help' });
  if (values.version === true) return ok({ kind: 'version' });
  const [name, ...inputs] = positionals;
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined) return err([...problems, whatCommand(name)]);
  const read = new Reader(command, values, problems);
  const parsed = commandOf(read, inputs, fio);
  return problems.length > 0 ? err(problems) : ok(parsed);
}

function commandOf(read: Reader, inputs: readonly string[], fio: readonly string[] | null): Command {
  switch (read.command) {
    case 'presets':
      return presetsCommand(read, inputs, fio);
    case 'experiment':
      return experimentCommand(read, inputs, fio);
    case 'conform':
      return conformCommand(read, inputs, fio);
    case 'run':
    case 'url':
      return runCommand(read, inputs, fio);
  }
}

function conformCommand(read: Reader, inputs: readonly string[], fio: readonly string[] | null): Command {
  const format = read.oneOf('format', ['text', 'json'] as const) ?? 'text';
  const site = read.text('site') ?? '';
  const paths = [...inputs, ...(fio ?? [])];
  if (read.values.trace === true) return traceCommand(read, paths, format, site);
  const [file = '', extra] = paths;
  if (file === '') read.problems.push('conform needs a table: a CSV file, or - for standard input');
  if (extra !== undefined)
    read.problems.push(`conform takes one table, but there are “${file}” and “${extra}”`);
  return { kind: 'conform', file, row: read.text('row'), format, site };
}

function traceCommand(
  read: Reader,
  paths: readonly string[],
  format: 'text' | 'json',
  site: string,
): Command {
  if (paths.length === 0)
    read.problems.push('conform --trace needs recordings: files of ftrace text, or folders of them');
  if (read.text('row') !== null) read.problems.push('--row is for a table, not for --trace');
  return { kind: 'conform-trace', paths, format, site };
}

function presetsCommand(read: Reader, inputs: readonly string[], fio: readonly string[] | null): Command {
  const extra = inputs[0] ?? fio?.[0];
  if (extra !== undefined) read.problems.push(`presets takes no input, but there is “${extra}”`);
  const format = read.oneOf('format', ['text', 'json'] as const) ?? 'text';
  return { kind: 'presets', format };
}

function runCommand(read: Reader, inputs: readonly string[], fio: readonly string[] | null): Command {
  const source = read.source(inputs, fio);
  const edits = read.edits();
  if (read.command === 'url') return { kind: 'url', source, edits };
  const format = read.oneOf('format', FORMATS) ?? 'text';
  const failOn = read.oneOf('fail-on', SEVERITIES) ?? 'error';
  const events = read.values.events === true;
  if (events && format !== 'text') read.problems.push(`--events is for --format text, not for ${format}`);
  return { kind: 'run', source, edits, format, failOn, events };
}

const EXPERIMENTS = ['caller-comp', 'in-task-delay'] as const;
/** Options that the second one has not got. */
const NOT_OF_DELAY = ['cv', 'seeds', 'shard', 'merge'] as const;

function experimentCommand(
  read: Reader,
  [name, ...files]: readonly string[],
  fio: readonly string[] | null,
): Command {
  const { problems, values } = read;
  if (name === 'in-task-delay') return delayCommand(read, files, fio);
  if (name !== EXPERIMENTS[0])
    problems.push(
      name === undefined
        ? `experiment needs the name of one: ${EXPERIMENTS.join(', ')}`
        : `there is no experiment “${name}”${didYouMean(name, EXPERIMENTS)} (there are ${EXPERIMENTS.join(', ')})`,
    );
  if (fio !== null) problems.push('experiment takes no fio command');
  const merges = values.merge === true;
  if (!merges && files[0] !== undefined)
    problems.push(`experiment takes files only with --merge, but there is “${files[0]}”`);
  if (merges && files.length === 0) problems.push('--merge needs the files that the shards have printed');
  if (values.hz !== undefined) problems.push('--hz is an option of in-task-delay');
  for (const option of ['cv', 'seeds', 'ios', 'shard'] as const)
    if (merges && values[option] !== undefined)
      problems.push(`--${option} is what the files of --merge say already`);
  const shard = read.readBy('shard', readShard);
  const format = read.oneOf('format', FORMATS) ?? (shard === null ? 'text' : 'json');
  if (shard !== null && format !== 'json')
    problems.push(`a shard is printed as JSON, for --merge, and not as ${format}`);
  const options = {
    cv_percent: read.readBy('cv', readCvs) ?? DEFAULTS.cv_percent,
    seeds: read.integer('seeds', ...BOUNDS.seeds) ?? DEFAULTS.seeds,
    ios: read.integer('ios', ...BOUNDS.ios) ?? DEFAULTS.ios,
  };
  return { kind: 'experiment', options, shard, files: merges ? files : null, format };
}

function delayCommand(read: Reader, files: readonly string[], fio: readonly string[] | null): Command {
  const { problems, values } = read;
  if (fio !== null) problems.push('experiment takes no fio command');
  if (files[0] !== undefined) problems.push(`in-task-delay takes no files, but there is “${files[0]}”`);
  for (const option of NOT_OF_DELAY)
    if (values[option] !== undefined) problems.push(`--${option} is no option of in-task-delay`);
  const format = read.oneOf('format', DELAY_FORMATS) ?? 'text';
  const hz = read.integer('hz', Math.min(...DELAY_HZ), Math.max(...DELAY_HZ)) ?? DELAY_DEFAULTS.hz;
  const known = DELAY_HZ.find((one) => one === hz);
  if (known === undefined) problems.push(`--hz is none of ${DELAY_HZ.join(', ')}`);
  const ios = read.integer('ios', ...DELAY_IOS) ?? DELAY_DEFAULTS.ios;
  return {
    kind: 'delay',
    options: { hz: known ?? DELAY_DEFAULTS.hz, ios, seed: DELAY_DEFAULTS.seed },
    format,
  };
}

const DELAY_FORMATS = ['text', 'json'] as const;

/** Parts the arguments of bioscope from the fio command, which begins behind `--` or with the word fio. */
function parted(argv: readonly string[]): { own: readonly string[]; fio: readonly string[] | null } {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--') return { own: argv.slice(0, i), fio: argv.slice(i + 1) };
    // The first word is the command, so that fio is never taken for one.
    if (i > 0 && isFio(word, argv[i + 1])) return { own: argv.slice(0, i), fio: argv.slice(i) };
    if (word.startsWith('--') && takesValue(word.slice(2))) i++;
  }
  return { own: argv, fio: null };
}

/** The word fio; also the path of a program of that name, but without options it is rather that of a job file. */
const isFio = (word: string, next: string | undefined): boolean =>
  word === 'fio' || (word.endsWith('/fio') && next?.startsWith('-') === true);

const isOption = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name);
const takesValue = (name: string): boolean => isOption(name) && OPTIONS[name].type === 'string';

type Values = Partial<Record<OptionName, string | true>> & { readonly sets: string[] };

/** Options and other arguments. Not strict, because the messages of `parseArgs` know nothing of our options. */
function readTokens(args: readonly string[]): {
  values: Values;
  positionals: string[];
  problems: string[];
} {
  const options = Object.fromEntries(
    Object.entries(OPTIONS).map(([name, { of: _, ...config }]) => [name, config]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const values: Values = { sets: [] };
  const positionals: string[] = [];
  const problems: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (!isOption(name))
      problems.push(`there is no option ${rawName}${didYouMean(rawName, OPTION_NAMES.map(dashed))}`);
    else if (OPTIONS[name].type === 'boolean') {
      if (value !== undefined) problems.push(`${rawName} takes no value, but has “${value}”`);
      values[name] = true;
    } else if (value === undefined) problems.push(`${rawName} needs a value`);
    else if (name === 'set') values.sets.push(value);
    else values[name] = value;
  }
  return { values, positionals, problems };
}

const dashed = (name: string): string => `--${name}`;

function whatCommand(name: string | undefined): string {
  const known = `there are ${COMMANDS.join(', ')}; --help explains them`;
  return name === undefined
    ? `a command is missing: ${known}`
    : `there is no command “${name}”${didYouMean(name, COMMANDS)} (${known})`;
}

/** Reads the options of one command; what is wrong with them gathers in `problems`. */
class Reader {
  readonly command: CommandName;
  readonly values: Values;
  readonly problems: string[];

  constructor(command: CommandName, values: Values, problems: string[]) {
    this.command = command;
    this.values = values;
    this.problems = problems;
    const given = OPTION_NAMES.filter(
      (n) => values[n] !== undefined || (n === 'set' && values.sets.length > 0),
    );
    for (const name of given)
      if (!(OPTIONS[name].of as readonly CommandName[]).includes(command))
        problems.push(`--${name} is no option of ${command}`);
  }

  source(inputs: readonly string[], fio: readonly string[] | null): Source {
    const [input, ...more] = inputs;
    const extra = input === undefined ? undefined : fio === null ? more[0] : fio[0];
    if (extra !== undefined)
      this.problems.push(`${this.command} takes one input, but there are “${input}” and “${extra}”`);
    if (input === '-') return { kind: 'stdin' };
    if (input !== undefined) return { kind: 'argument', text: input };
    const [word, ...others] = fio ?? [];
    if (word === undefined)
      this.problems.push(
        `${this.command} needs an input: a fio job file, a scenario, a link, the id of a preset, - for standard ` +
          'input, or a fio command behind --',
      );
    // People also write -- before an input that is no command.
    const isInput = word !== undefined && others.length === 0 && !word.startsWith('-');
    return isInput ? { kind: 'argument', text: word } : { kind: 'fio', words: fio ?? [] };
  }

  edits(): Edits {
    return {
      kernel: this.oneOf('kernel', KERNEL_NAMES),
      ios: this.integer('ios', 1, LIMITS.ios),
      seed: this.integer('seed', 0, 4_294_967_295),
      events: this.integer('limit-events', 1000, LIMITS.events),
      sets: this.values.sets.map((text) => this.setting(text)),
    };
  }

  oneOf<const T extends string>(name: OptionName, allowed: readonly T[]): T | null {
    const text = this.text(name);
    if (text === null) return null;
    const found = allowed.find((value) => value === text);
    if (found === undefined)
      this.problems.push(
        `--${name} “${text}” is not one of ${allowed.join(', ')}${didYouMean(text, allowed)}`,
      );
    return found ?? null;
  }

  /** The value of an option that has a syntax of its own. */
  readBy<T>(name: OptionName, reader: (text: string) => Result<T, string>): T | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = reader(text);
    if (value.ok) return value.value;
    this.problems.push(`--${name} “${text}” ${value.error}`);
    return null;
  }

  integer(name: OptionName, low: number, high: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= low && value <= high) return value;
    this.problems.push(`--${name} “${text}” is not a whole number from ${low} to ${high}`);
    return null;
  }

  private setting(text: string): Setting {
    const equals = text.indexOf('=');
    if (equals <= 0)
      this.problems.push(`--set “${text}” is not of the form name=value, as in --set machine.cpus=4`);
    return { name: text.slice(0, Math.max(0, equals)), value: text.slice(equals + 1) };
  }

  text(name: OptionName): string | null {
    const value = this.values[name];
    return typeof value === 'string' ? value : null;
  }
}
