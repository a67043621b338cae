/**
 * All ways through a program whose course hangs on choices. The program is run anew for each way, because what it is in
 * the middle of (generators, a log) cannot be copied: the first choices are repeated, the next one is another.
 */
import { assert } from '../base/assert.ts';

type Choice = { options: number; taken: number };

/** The choices of one run. */
export class Path {
  /** How many choices there were when it turned out that another run leads where this one does; Infinity if none does. */
  surplus = Infinity;
  private made = 0;
  private readonly choices: Choice[];
  private readonly reduces: boolean;

  constructor(choices: Choice[], reduces: boolean) {
    this.choices = choices;
    this.reduces = reduces;
  }

  /** Which of so many possibilities comes next, from 0 on. */
  choose(options: number): number {
    assert(options > 0, 'there is something to choose from');
    const known = this.choices[this.made++];
    if (known === undefined) {
      this.choices.push({ options, taken: 0 });
      return 0;
    }
    const same = known.options === options || known.options === 1; // 1: it was retracted
    assert(same, 'a run that is repeated takes the same course');
    return known.taken;
  }

  /**
   * The last choice was none: what was chosen has made no step that concerns anybody else, and cannot go on before another
   * one has. So it may as well come first, and whatever else there was to choose can be chosen after it. If others were
   * tried before, they have led wherever this one does.
   */
  retract(): void {
    if (!this.reduces) return;
    const choice = this.choices[this.made - 1];
    assert(choice !== undefined, 'something was chosen');
    if (choice.taken === 0) choice.options = 1;
    else this.surplus = Math.min(this.surplus, this.made);
  }
}

/**
 * What `run` returns on every path; it must depend on nothing but what it chooses. Unless it `reduces`, choices that were
 * none count as choices all the same, and the same way through may come more than once.
 */
export function everyPath<T>(run: (path: Path) => T, reduces = true): T[] {
  const ends: T[] = [];
  const choices: Choice[] = [];
  do {
    const path = new Path(choices, reduces);
    const end = run(path);
    if (path.surplus === Infinity) ends.push(end);
    choices.splice(path.surplus);
  } while (turnToNext(choices));
  return ends;
}

/** Turns to the next possibility of the last choice that has one; false when there is none left. */
function turnToNext(choices: Choice[]): boolean {
  for (let last = choices.pop(); last !== undefined; last = choices.pop()) {
    if (last.taken + 1 >= last.options) continue;
    choices.push({ options: last.options, taken: last.taken + 1 });
    return true;
  }
  return false;
}
