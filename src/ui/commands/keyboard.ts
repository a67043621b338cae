import { isSingleCharacter, type KeyPress, matches } from './chord.ts';
import type { Command } from './command.ts';

/** What the element in focus does with keys by itself. */
export type Focus = {
  /** A text field or a list of choices: every plain key is its own. */
  readonly typing: boolean;
  /** A button or link: Space and Enter press it. */
  readonly pressing: boolean;
  /** Tabs, sliders, menus: arrows, Home and End move inside. Tables and lists leave left and right to the run. */
  readonly arrows: 'none' | 'vertical' | 'all';
  /** In the timeline. */
  readonly timeline: boolean;
  /** In a dialog or a menu, which keep all keys to themselves. */
  readonly dialog: boolean;
};

/** The command that a key press means, if any. */
export function commandFor(
  commands: readonly Command[],
  press: KeyPress,
  focus: Focus,
  letterKeys: boolean,
): Command | null {
  if (focus.dialog || isTakenBy(focus, press)) return null;
  const matching = commands.filter((command) => command.keys.some((c) => matches(c, press)));
  const command =
    matching.find((c) => c.context === 'timeline' && focus.timeline) ??
    matching.find((c) => c.context === 'page');
  if (command === undefined) return null;
  const plain = command.keys.some((c) => matches(c, press) && isSingleCharacter(c));
  return plain && (!letterKeys || focus.typing) ? null : command;
}

const VERTICAL = ['ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'];
const MOVES = [...VERTICAL, 'ArrowLeft', 'ArrowRight'];
/** Keys with Ctrl or Cmd that a text field needs itself. */
const EDITING = ['z', 'y', 'a', 'c', 'v', 'x'];

function isTakenBy(focus: Focus, press: KeyPress): boolean {
  const { key } = press;
  if (key === 'Delete' && focus.typing) return true;
  if (press.ctrlKey || press.metaKey) return focus.typing && EDITING.includes(key.toLowerCase());
  if (focus.typing || focus.arrows === 'all') return MOVES.includes(key) || (focus.typing && key === 'Enter');
  if (focus.arrows === 'vertical' && VERTICAL.includes(key)) return true;
  return focus.pressing && (key === ' ' || key === 'Enter');
}

const TYPING =
  'input:not([type=checkbox],[type=radio],[type=range],[type=button]), textarea, select, [contenteditable=true]';
const PRESSING =
  'button, a[href], summary, input[type=checkbox], input[type=radio], [role=button], [role=tab], [role=option]';
const ARROWS = '[role=tab], [role=slider], [role=listbox], [role=menu], input[type=radio], input[type=range]';

/** What the element at the target of a key event does with keys. */
export function focusOf(target: EventTarget | null): Focus {
  const element = target instanceof Element ? target : null;
  const within = (selector: string): boolean => element !== null && element.closest(selector) !== null;
  return {
    typing: within(TYPING),
    pressing: within(PRESSING),
    arrows: within(ARROWS) ? 'all' : within('[data-arrows=vertical]') ? 'vertical' : 'none',
    timeline: within('[data-region=timeline]'),
    dialog: within('dialog[open], [popover]:popover-open'),
  };
}
