import { type FioProblem, LINE_END, type Place } from './fio-text.ts';

/**
 * Splits a pasted shell command into words as a POSIX shell does: quotes, backslashes, continued lines. The libraries for
 * this forget where a word came from, and an error must name line and column; so every character of a word keeps its place.
 * Nothing is expanded and nothing is run.
 */
export type Word = {
  readonly text: string;
  /** The place of each UTF-16 code unit of `text`, and one more for its end. */
  readonly places: readonly Place[];
  /** An unquoted `|`, `;`, `&`, `<` or `>` and their like, or the end of a line that is not continued. */
  readonly operator: boolean;
};

export type ShellText = { readonly words: readonly Word[]; readonly problems: readonly FioProblem[] };

export function splitShell(text: string): ShellText {
  return new Splitter(text).run();
}

/** A prompt, or the marks of a quoted mail and of a shell's continued line, before the command itself. */
const PROMPT = /^\s*(?:>\s*)*(?:\[?[\w.-]+@[^\s\]$#]*(?:\s[^\]$#]*)?\]?\s*[$#]\s+|[$#%]\s+)?/;
/** A longer line start is not looked at: the pattern above may try it many times. */
const LONGEST_PROMPT = 200;
const CONTINUED = /^\s*(?:>\s+)*/;
const OPERATOR = /^(?:&&|\|\||\|&|>>|<<|[0-9]?>&?|[|;&<>()])/;

class Splitter {
  private readonly words: Word[] = [];
  private readonly problems: FioProblem[] = [];
  private readonly lines: readonly string[];
  private line = 0;
  private column = 0;
  private text = '';
  private places: Place[] = [];
  private inWord = false;
  /** The open quote, or an empty text. */
  private quote = '';
  private quoteAt: Place = { line: 1, column: 1 };

  constructor(text: string) {
    this.lines = text.split(LINE_END);
  }

  run(): ShellText {
    let continued = false;
    for (; this.line < this.lines.length; this.line++) {
      const content = this.lines[this.line] ?? '';
      if (this.quote === '')
        this.column =
          (continued ? CONTINUED : PROMPT).exec(content.slice(0, LONGEST_PROMPT))?.[0].length ?? 0;
      else this.column = 0;
      continued = this.readLine(content);
      if (continued) continue;
      if (this.quote !== '') this.take('\n');
      else this.endLine();
    }
    if (this.quote !== '')
      this.problems.push({
        ...this.quoteAt,
        message: `opens a quotation that never ends (${this.quote})`,
        text: this.quote,
      });
    this.endWord();
    return { words: this.words, problems: this.problems };
  }

  /** Reads to the end of the line; says whether a backslash continues it. */
  private readLine(content: string): boolean {
    const end = content.trimEnd().length;
    while (this.column < content.length) {
      const c = content.charAt(this.column);
      if (c === '\\' && this.quote !== "'") {
        if (this.column + 1 >= end) return true; // blanks behind it come with copying from a page
        this.takeEscaped(content);
      } else if (this.quote !== '') this.takeQuoted(c);
      else if (c === '"' || c === "'") this.openQuote(c);
      else if (/\s/.test(c)) this.endWord();
      else if (c === '#' && !this.inWord) break;
      else {
        const operator = OPERATOR.exec(content.slice(this.column))?.[0];
        if (operator !== undefined && !(this.inWord && /^[0-9]/.test(operator))) {
          this.takeOperator(operator);
          continue;
        }
        if (content.startsWith('$(', this.column)) this.takeSubstitution(content);
        else this.take(c);
      }
      this.column++;
    }
    return false;
  }

  private place(): Place {
    return { line: this.line + 1, column: this.column + 1 };
  }

  private take(c: string): void {
    this.inWord = true;
    for (let i = 0; i < c.length; i++) this.places.push(this.place());
    this.text += c;
  }

  /** Between double quotes a backslash means itself before most characters. */
  private takeEscaped(content: string): void {
    const next = content.charAt(this.column + 1);
    if (this.quote === '"' && !'$`"\\'.includes(next)) {
      this.take('\\');
      return;
    }
    this.column++;
    this.take(next);
  }

  private takeQuoted(c: string): void {
    if (c === this.quote) this.quote = '';
    else this.take(c);
  }

  private openQuote(c: string): void {
    this.quote = c;
    this.quoteAt = this.place();
    this.inWord = true;
  }

  /** `$(command)` stays as it is, blanks and all: it is not run, and its reader must be able to say so. */
  private takeSubstitution(content: string): void {
    const end = content.indexOf(')', this.column);
    const stop = end < 0 ? content.length - 1 : end;
    for (; this.column < stop; this.column++) this.take(content.charAt(this.column));
    this.take(content.charAt(stop));
  }

  private takeOperator(text: string): void {
    this.endWord();
    this.words.push({ text, places: [this.place(), this.place()], operator: true });
    this.column += text.length;
  }

  private endWord(): void {
    if (this.inWord)
      this.words.push({ text: this.text, places: [...this.places, this.place()], operator: false });
    this.text = '';
    this.places = [];
    this.inWord = false;
  }

  /** The end of a command, unless the next line goes on with options: mails wrap long commands. */
  private endLine(): void {
    this.endWord();
    const next = this.lines[this.line + 1];
    if (next !== undefined && !/^\s*(?:>\s*)*-/.test(next))
      this.words.push({ text: '\n', places: [this.place(), this.place()], operator: true });
  }
}

/** Where the text of a word starts. */
export function placeOf(word: Word, offset = 0): Place {
  return word.places[Math.min(offset, word.places.length - 1)] ?? { line: 1, column: 1 };
}

/** A command line that `splitShell` splits into these words again: for arguments that a shell has split already. */
export function quoteShell(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
