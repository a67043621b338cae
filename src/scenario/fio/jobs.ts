import { evaluate } from './arithmetic.ts';
import type { Entry, FioProblem, FioText, Place, Section } from './fio-text.ts';
import { Notes } from './notes.ts';
import { nearestOption, type Option, OPTIONS } from './options.ts';
import { type Settings, withOption } from './settings.ts';

/** One job section with all it set and inherited; `numjobs` is not yet applied. */
export type FioJob = { readonly name: string; readonly at: Place; readonly settings: Settings };

export type FioJobs = {
  readonly jobs: readonly FioJob[];
  readonly notes: Notes;
  readonly problems: readonly FioProblem[];
};

/** Reads every option of every section and hands the [global] ones down to the jobs below them. */
export function readJobs(text: FioText, ncpus: number | null): FioJobs {
  const reader = new JobReader(text, ncpus);
  let defaults: Settings = {};
  const jobs: FioJob[] = [];
  for (const section of text.sections) {
    if (section.kind === 'global') defaults = reader.read(section, defaults);
    else {
      const { name: _inherited, ...rest } = defaults; // a section names its job itself
      const settings = reader.read(section, rest);
      jobs.push({ name: settings.name?.value ?? section.name, at: section.at, settings });
    }
  }
  return { jobs, notes: reader.notes, problems: [...text.problems, ...reader.problems] };
}

class JobReader {
  readonly notes = new Notes();
  readonly problems: FioProblem[] = [];
  private readonly text: FioText;
  private readonly ncpus: number | null;
  /** A text that is no job file at all could ask for thousands, and each is a search through the table. */
  private suggestions = 50;

  constructor(text: FioText, ncpus: number | null) {
    this.text = text;
    this.ncpus = ncpus;
  }

  read(section: Section, inherited: Settings): Settings {
    let settings = inherited;
    for (const entry of this.inOrder(section.entries)) settings = this.readEntry(entry, section, settings);
    return settings;
  }

  /** A job file’s kb_base counts for its whole section; on a command line for what follows. */
  private inOrder(entries: readonly Entry[]): readonly Entry[] {
    if (this.text.form === 'command line') return entries;
    const isBase = ({ key }: Entry): boolean => key === 'kb_base';
    return [...entries.filter(isBase), ...entries.filter((entry) => !isBase(entry))];
  }

  private readEntry(entry: Entry, section: Section, settings: Settings): Settings {
    const job = section.kind === 'global' ? 'global' : section.name;
    const option = OPTIONS.get(entry.key);
    if (option === undefined || (option.command && this.text.form === 'job file')) {
      this.notes.classify(entry, { kind: 'unknown', job, message: this.whyUnknown(entry.key, option) });
      return settings;
    }
    if (option.kind !== 'used') {
      this.notes.classify(entry, { ...effectOf(option, entry.value), job });
      return settings;
    }
    return this.readUsed(option, entry, job, settings);
  }

  private readUsed(option: Option, entry: Entry, job: string, settings: Settings): Settings {
    const value = entry.value ?? (option.flag ? '1' : null);
    if (value === null) {
      this.problem(entry.at, `needs a value: ${entry.key}=...`, entry.key);
      return settings;
    }
    const expanded = this.expand(value);
    if (expanded === null && option.name !== 'filename') {
      const message = 'names a variable that is not set here, so the option is left out; real fio would stop';
      this.notes.classify(entry, { kind: 'substituted', job, message });
      return settings;
    }
    const remarks: string[] = [];
    const kb_base = settings.kb_base?.value ?? 1024;
    const context = { kb_base, ncpus: this.ncpus, remark: (message: string) => void remarks.push(message) };
    const read = withOption(settings, option.name, expanded ?? value, entry, context);
    this.notes.classify(entry, { kind: 'used', job, message: [option.message, ...remarks].join('; ') });
    if (read.ok) return read.value;
    const column = entry.valueAt.column + (expanded === value ? read.error.offset : 0);
    this.problem({ line: entry.valueAt.line, column }, `${entry.key} ${read.error.message}`, value);
    return settings;
  }

  /**
   * Replaces `${NAME}` and fio’s keywords, and computes where a keyword stood in a sum or product. Null where a variable
   * is not known: nothing here has an environment.
   */
  private expand(text: string): string | null {
    const missing: string[] = [];
    const shell = this.text.form === 'command line' ? /\$\{(\w+)\}|\$([A-Za-z_]\w*)/g : /\$\{(\w+)\}/g;
    const keywords = this.replaceKeywords(text);
    const expanded = keywords.replace(shell, (_, braced?: string, plain?: string) => {
      const name = braced ?? plain ?? '';
      const value = this.text.variables.get(name);
      if (value === undefined) missing.push(name);
      return value ?? '';
    });
    if (missing.length > 0) return null;
    if (keywords === text) return expanded;
    const value = evaluate(expanded, (word) => (/^\d+$/.test(word) ? Number(word) : null));
    return value === null ? expanded : String(value);
  }

  private replaceKeywords(text: string): string {
    return text
      .replaceAll('$pagesize', '4096')
      .replaceAll('$mb_memory', '16384')
      .replaceAll('$ncpus', String(this.ncpus ?? 4));
  }

  private whyUnknown(key: string, option: Option | undefined): string {
    if (option !== undefined) return 'belongs on the command line of fio, not in a job file';
    const nearest = this.suggestions-- > 0 ? nearestOption(key) : null;
    const hint = nearest === null || nearest === key ? '' : `; did you mean ${nearest}?`;
    return `is not an option of fio${hint}`;
  }

  private problem(at: Place, message: string, text: string): void {
    this.problems.push({ ...at, message, text });
  }
}

function effectOf(
  option: Option,
  value: string | null,
): { kind: Exclude<Option['kind'], 'used'>; message: string } {
  const { kind, message, off } = option;
  if (kind === 'substituted' && value !== null && off.includes(value))
    return { kind: 'no-effect', message: 'is switched off' };
  return { kind: kind === 'used' ? 'no-effect' : kind, message };
}
