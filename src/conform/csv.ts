/** Comma-separated values as RFC 4180 has them, with the place of every cell. */
import { err, ok, type Result } from '../base/result.ts';

/** A place in a text, both counted from 1; the column in characters. */
export type Place = { readonly line: number; readonly column: number };
export type Cell = Place & { readonly text: string };
/** What is wrong with a table, and where. */
export type CsvProblem = Place & { readonly message: string };

/** The rows of a text, the empty lines left out. Cells may be quoted; lines end in LF or CRLF; a byte order mark is
 *  passed over. What is outside of quotes loses the blanks around it. */
export function parseCsv(text: string): Result<readonly (readonly Cell[])[], CsvProblem> {
  const scanner = new Scanner(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const rows: (readonly Cell[])[] = [];
  while (!scanner.atEnd) {
    const row = scanner.row();
    if (!row.ok) return row;
    if (row.value.length > 1 || row.value[0]?.text !== '') rows.push(row.value);
  }
  return ok(rows);
}

class Scanner {
  private readonly text: string;
  private at = 0;
  private line = 1;
  /** Where the line begins. */
  private start = 0;

  constructor(text: string) {
    this.text = text;
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The cells up to the end of the line, which is taken, too. */
  row(): Result<readonly Cell[], CsvProblem> {
    const cells: Cell[] = [];
    for (;;) {
      const cell = this.text[this.at] === '"' ? this.quoted() : ok(this.plain());
      if (!cell.ok) return cell;
      cells.push(cell.value);
      if (this.text[this.at] !== ',') break;
      this.at++;
    }
    if (!this.atEnd && !this.lineEnd())
      return err({ ...this.place(), message: 'a comma or the end of the line is missing behind the quotes' });
    return ok(cells);
  }

  private plain(): Cell {
    const place = this.place();
    const from = this.at;
    while (!this.atEnd && !/[,\r\n]/.test(this.text.charAt(this.at))) this.at++;
    return { ...place, text: this.text.slice(from, this.at).trim() };
  }

  private quoted(): Result<Cell, CsvProblem> {
    const place = this.place();
    let text = '';
    for (this.at++; ; this.at++) {
      const char = this.text[this.at];
      if (char === undefined) return err({ ...place, message: 'the quotes that begin here never end' });
      if (char === '"' && this.text[++this.at] !== '"') return ok({ ...place, text });
      if (char === '\n') this.nextLine(this.at + 1);
      text += char;
    }
  }

  /** Takes LF, CRLF or CR. */
  private lineEnd(): boolean {
    const end = /\r\n|\n|\r/y;
    end.lastIndex = this.at;
    const found = end.exec(this.text)?.[0];
    if (found === undefined) return false;
    this.at += found.length;
    this.nextLine(this.at);
    return true;
  }

  private nextLine(start: number): void {
    this.line++;
    this.start = start;
  }

  private place(): Place {
    return { line: this.line, column: this.at - this.start + 1 };
  }
}
