import { describe, expect, test } from 'vitest';
import { chord, chordLabel, collide, isSingleCharacter } from './chord.ts';
import type { Command } from './command.ts';
import { commandFor, type Focus } from './keyboard.ts';
import { COMMANDS } from './registry.ts';

const NOWHERE: Focus = { typing: false, pressing: false, arrows: 'none', timeline: false, dialog: false };

/** A press of `text`, with the character that a US keyboard gives. */
function press(text: string, shiftKey = false): Parameters<typeof commandFor>[1] {
  const c = chord(text);
  const key = c.key ?? c.code?.slice(3).toLowerCase() ?? '';
  return {
    key,
    code: c.code ?? '',
    ctrlKey: c.mod,
    metaKey: false,
    altKey: false,
    shiftKey: c.shift || shiftKey,
  };
}
const idFor = (...[text, focus = NOWHERE, letters = true]: [string, Focus?, boolean?]): string | null =>
  commandFor(COMMANDS, press(text), focus, letters)?.id ?? null;

describe('the registry of commands', () => {
  test('no two commands share an id, and every one has a title', () => {
    expect(new Set(COMMANDS.map((c) => c.id)).size).toBe(COMMANDS.length);
    for (const command of COMMANDS) expect(command.title).toMatch(/^[A-Z]/);
  });

  test('no two commands share a key in one context', () => {
    const clash = (a: Command, b: Command): boolean =>
      a.context === b.context && a.keys.some((k) => b.keys.some((l) => collide(k, l)));
    const clashes = COMMANDS.flatMap((a, i) =>
      COMMANDS.slice(i + 1)
        .filter((b) => clash(a, b))
        .map((b) => [a.id, b.id]),
    );
    expect(clashes).toEqual([]);
  });

  test('none takes a key that the browser needs', () => {
    const taken = ['d', 'l', 't', 'w', 'n', 'r'].map((key) => chord(`mod+${key}`));
    for (const command of COMMANDS)
      for (const key of command.keys)
        expect(
          taken.some((t) => collide(t, key)),
          command.id,
        ).toBe(false);
    expect(idFor('mod+f')).toBe(null);
    expect(idFor('mod+f', { ...NOWHERE, timeline: true })).toBe('search.in-timeline');
  });

  test.each([
    ['KeyW', 'zoom.in'],
    ['KeyS', 'zoom.out'],
    ['KeyA', 'pan.left'],
    ['KeyD', 'pan.right'],
    ['0', 'zoom.fit'],
    ['f', 'zoom.selection'],
    ['.', 'track.next'],
    [',', 'track.previous'],
    ['ArrowRight', 'step.forward'],
    ['ArrowLeft', 'step.back'],
    ['shift+ArrowRight', 'step.next-decision'],
    [']', 'step.next-of-io'],
    ['[', 'step.previous-of-io'],
    [' ', 'play.toggle'],
    ['Home', 'cursor.start'],
    ['End', 'cursor.end'],
    ['r', 'range.from-selection'],
    ['m', 'range.mark'],
    ['shift+m', 'range.keep'],
    ['Delete', 'range.remove'],
    ['mod+a', 'range.all'],
    ['/', 'search'],
    ['mod+k', 'palette'],
    ['F1', 'palette'],
    ['mod+shift+p', 'palette'],
    ['?', 'help'],
    ['Escape', 'escape'],
    ['i', 'panel.inspector'],
    ['1', 'view.timeline'],
    ['2', 'view.events'],
    ['3', 'view.state'],
    ['mod+z', 'undo'],
    ['mod+shift+z', 'redo'],
    ['mod+o', 'scenario.open'],
    ['mod+s', 'scenario.save'],
  ])('%j is %s', (key, id) => {
    expect(idFor(key)).toBe(id);
  });

  test('symbols are found with Shift and without, as layouts differ', () => {
    expect(commandFor(COMMANDS, press('?', true), NOWHERE, true)?.id).toBe('help');
    expect(commandFor(COMMANDS, press('.', true), NOWHERE, true)?.id).toBe('track.next');
  });

  test('up, down and Enter are the timeline’s only while the focus is there', () => {
    const inTimeline = { ...NOWHERE, timeline: true };
    expect(['ArrowDown', 'ArrowUp', 'Enter'].map((key) => idFor(key, inTimeline))).toEqual([
      'track.down',
      'track.up',
      'track.details',
    ]);
    expect(['ArrowDown', 'ArrowUp', 'Enter'].map((key) => idFor(key))).toEqual([null, null, null]);
  });

  test('W A S D are places: on AZERTY the key at W writes z', () => {
    const onAzerty = { ...press('KeyW'), key: 'z' };
    expect(commandFor(COMMANDS, onAzerty, NOWHERE, true)?.id).toBe('zoom.in');
  });

  test('single characters are off in text fields, and by the setting', () => {
    const singles = COMMANDS.flatMap((c) =>
      c.keys.filter(isSingleCharacter).map((k) => k.code ?? k.key ?? ''),
    );
    expect(singles.length).toBeGreaterThan(15);
    for (const key of singles) {
      expect(idFor(key, { ...NOWHERE, typing: true }), key).toBe(null);
      expect(idFor(key, NOWHERE, false), key).toBe(null);
    }
    expect(idFor('mod+k', { ...NOWHERE, typing: true }, false)).toBe('palette');
    for (const key of ['mod+z', 'mod+a', 'Delete'])
      expect(idFor(key, { ...NOWHERE, typing: true }), key).toBe(null);
  });

  test('buttons keep Space, sliders and tabs keep the arrows, dialogs keep everything', () => {
    expect(idFor(' ', { ...NOWHERE, pressing: true })).toBe(null);
    expect(idFor('ArrowRight', { ...NOWHERE, arrows: 'all' })).toBe(null);
    expect(idFor('ArrowRight', { ...NOWHERE, arrows: 'vertical' })).toBe('step.forward');
    expect(idFor('Home', { ...NOWHERE, arrows: 'vertical' })).toBe(null);
    for (const command of COMMANDS)
      for (const key of command.keys)
        expect(
          commandFor(COMMANDS, press(key.code ?? key.key ?? ''), { ...NOWHERE, dialog: true }, true),
        ).toBe(null);
  });
});

test('a chord is printed as people write it', () => {
  expect(chordLabel(chord('mod+shift+z'))).toBe('Ctrl+Shift+Z');
  expect(chordLabel(chord('mod+shift+z'), true)).toBe('⌘⇧Z');
  expect([' ', 'ArrowLeft', 'KeyW', '+'].map((k) => chordLabel(chord(k)))).toEqual(['Space', '←', 'W', '+']);
});
