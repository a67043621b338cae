import { type Entry, type FioProblem, type FioText, type Section, sectionKind } from './fio-text.ts';
import { optionByPrefix } from './options.ts';
import { placeOf, splitShell, type Word } from './shell-words.ts';

/**
 * Reads a pasted shell command that starts fio. Options before the first `--name` are defaults for all jobs; each `--name`
 * starts a job. Words before `fio` (sudo, variables, taskset) and all that follows a pipe or a redirection are left out.
 */
export function readCommandLine(text: string): FioText {
  const shell = splitShell(text);
  const start = fioWord(shell.words);
  const first = start ?? -1; // a text that begins with an option lacks only the word `fio`
  const reader = new Reader([...shell.problems]);
  reader.arguments(commandFrom(shell.words, first + 1));
  return {
    form: 'command line',
    sections: reader.sections,
    problems: reader.problems,
    variables: assignments(shell.words.slice(0, Math.max(0, first))),
  };
}

/** What may stand before fio in its command; options and their values follow the first of them. */
const LAUNCHER =
  /^(?:\w+=.*|(?:.*\/)?(?:sudo|doas|env|time|taskset|numactl|nice|ionice|chrt|perf|strace|nohup|exec|stdbuf|cgexec|systemd-run))$/s;

/** Which word is the fio command, or null: one at the start of a command or behind a launcher, and with arguments. */
export function fioWord(words: readonly Word[]): number | null {
  let start = 0;
  for (const [i, { text, operator }] of words.entries()) {
    if (operator) start = i + 1;
    else if (/^(?:.*\/)?fio$/.test(text)) {
      const launched = start === i || LAUNCHER.test(words[start]?.text ?? '');
      if (launched && /^-|\.(?:fio|ini|job)$/.test(nextWord(words, i + 1))) return i;
    }
  }
  return null;
}

function assignments(words: readonly Word[]): Map<string, string> {
  const found = words
    .map(({ text }) => /^([A-Za-z_]\w*)=(.*)$/s.exec(text))
    .filter((match) => match !== null);
  return new Map(found.map((match) => [match[1] ?? '', match[2] ?? '']));
}

/** The next word of the same command, past redirections; '' when there is none. */
function nextWord(words: readonly Word[], first: number): string {
  for (let i = first; i < words.length; i++) {
    const word = words[i];
    if (word === undefined || !word.operator) return word?.text ?? '';
    if (/[<>]/.test(word.text)) i++;
    else return '';
  }
  return '';
}

/** The words of one command: up to the first operator, but a redirection and its target are skipped. */
function commandFrom(words: readonly Word[], first: number): Word[] {
  const own: Word[] = [];
  for (let i = first; i < words.length; i++) {
    const word = words[i];
    if (word === undefined) break;
    if (!word.operator) own.push(word);
    else if (/[<>]/.test(word.text)) i++;
    else if (own.length > 0) break;
  }
  return own;
}

class Reader {
  readonly sections: Section[] = [];
  readonly problems: FioProblem[];

  constructor(problems: FioProblem[]) {
    this.problems = problems;
  }

  arguments(words: readonly Word[]): void {
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      if (word === undefined) break;
      const dashes = /^--?(?=[^-\d])/.exec(word.text)?.[0].length;
      if (dashes === undefined) this.stray(word, words[i - 1]);
      else if (this.option(word, dashes, words[i + 1])) i++;
    }
  }

  /** Takes one option; says whether the next word was its value. */
  private option(word: Word, dashes: number, next: Word | undefined): boolean {
    const equals = word.text.indexOf('=');
    const written = word.text.slice(dashes, equals < 0 ? undefined : equals);
    const known = optionByPrefix(written);
    const key = known?.name ?? written;
    const at = placeOf(word);
    if (equals >= 0) {
      this.add({ key, value: word.text.slice(equals + 1), at, valueAt: placeOf(word, equals + 1) }, word);
      return false;
    }
    const isOption = known === undefined ? /^-/ : /^--/; // a value may be negative
    if (known?.flag === true || next === undefined || isOption.test(next.text)) {
      this.add({ key, value: null, at, valueAt: at }, word);
      return false;
    }
    this.add({ key, value: next.text, at, valueAt: placeOf(next) }, word);
    return true;
  }

  private add(entry: Entry, word: Word): void {
    if (entry.key !== 'name') {
      if (this.sections.length === 0)
        this.sections.push({ kind: 'global', name: 'global', at: entry.at, entries: [] });
      this.sections.at(-1)?.entries.push(entry);
      return;
    }
    const name = entry.value ?? '';
    if (name === '') this.problems.push({ ...entry.at, message: 'needs the name of a job', text: word.text });
    this.sections.push({ kind: sectionKind(name), name, at: entry.at, entries: [entry] });
  }

  /** A word without dashes is a job file for fio, also behind a flag such as --time_based. */
  private stray(word: Word, before: Word | undefined): void {
    const flag = before?.text.replace(/^--?/, '') ?? '';
    const message =
      before !== undefined && (optionByPrefix(flag)?.flag ?? false)
        ? `is a job file to fio, because ${before.text} takes its value only as ${before.text}=${word.text}`
        : 'is a job file, and bioscope opens no files: paste its contents instead';
    this.problems.push({ ...placeOf(word), message, text: word.text });
  }
}
