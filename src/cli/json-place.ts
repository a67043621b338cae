/** Where a text stops being JSON, and what is wrong there. `JSON.parse` tells the place only sometimes, and differently
 *  from one Node to the next. */
export type JsonFault = { readonly line: number; readonly column: number; readonly message: string };

const BLANKS = /[ \t\n\r]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// eslint-disable-next-line no-control-regex -- JSON forbids exactly these inside of strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** The first fault of a text that should be JSON, or null when it is. Does not recurse: nesting costs no stack. */
export function jsonFault(text: string): JsonFault | null {
  const scan = new Scanner(text);
  const message = scan.document();
  return message === null ? null : { ...placeAt(text, scan.at), message };
}

class Scanner {
  at = 0;
  private readonly text: string;
  /** The brackets that are open. */
  private readonly open: ('{' | '[')[] = [];

  constructor(text: string) {
    this.text = text;
  }

  /** Reads all of the text; what is wrong at `at`, or null. */
  document(): string | null {
    let message = this.value();
    while (message === null && this.open.length > 0) message = this.next();
    if (message !== null) return message;
    this.skip(BLANKS);
    return this.at < this.text.length ? `${this.here()} follows the end of the JSON` : null;
  }

  /** A value; of one that holds others only what comes before the end of the first innermost of them. */
  private value(): string | null {
    for (;;) {
      this.skip(BLANKS);
      const c = this.text[this.at];
      if (c === '"') return this.string();
      if (c !== '{' && c !== '[')
        return this.skip(SCALAR) ? null : `a value is missing before ${this.here()}`;
      this.at++;
      this.open.push(c);
      this.skip(BLANKS);
      if (this.close()) return null;
      const message = c === '{' ? this.name() : null;
      if (message !== null) return message;
    }
  }

  /** What follows a value inside of brackets. */
  private next(): string | null {
    this.skip(BLANKS);
    if (this.close()) return null;
    const isObject = this.open.at(-1) === '{';
    if (this.text[this.at] !== ',') return `expected "," or "${isObject ? '}' : ']'}" before ${this.here()}`;
    this.at++;
    return (isObject ? this.name() : null) ?? this.value();
  }

  /** The name of a field and its colon. */
  private name(): string | null {
    this.skip(BLANKS);
    if (this.text[this.at] !== '"') return `expected a name in double quotes before ${this.here()}`;
    const message = this.string();
    if (message !== null) return message;
    this.skip(BLANKS);
    if (this.text[this.at] !== ':') return `expected ":" before ${this.here()}`;
    this.at++;
    return null;
  }

  private string(): string | null {
    return this.skip(STRING) ? null : 'a string is not closed on its line, or has a wrong escape';
  }

  private close(): boolean {
    const bracket = this.open.at(-1);
    if (this.text[this.at] !== (bracket === '{' ? '}' : ']')) return false;
    this.at++;
    this.open.pop();
    return true;
  }

  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }

  private here(): string {
    const c = this.text.codePointAt(this.at);
    return c === undefined ? 'the end' : `“${String.fromCodePoint(c)}”`;
  }
}

/** Line and column, from 1, of an index. */
function placeAt(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
