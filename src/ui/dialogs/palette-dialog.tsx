import fuzzysort from 'fuzzysort';
import { flushSync } from 'react-dom';
import { useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import { chordLabel } from '../commands/chord.ts';
import type { Command } from '../commands/command.ts';
import { COMMANDS } from '../commands/registry.ts';
import { PRESETS } from '../../scenario/presets.ts';
import { isMac, runCommand, usePage, useVerbs } from '../page.tsx';
import { Dialog } from './dialog.tsx';

/** All commands by name: type a part of it, Enter runs the chosen one. */
export function PaletteDialog(): ReactNode {
  return (
    <Dialog names={['palette']} title="All commands" className="palette">
      <Palette />
    </Dialog>
  );
}

function Palette(): ReactNode {
  const page = usePage();
  const { closeDialog } = useVerbs();
  const listId = useId();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const found = search(query);
  const at = Math.min(chosen, found.length - 1);
  const run = (command: Command | undefined): void => {
    if (command === undefined || !command.enabled(page.store.getState())) return;
    flushSync(closeDialog); // first, because a dialog that closes gives the focus back
    runCommand(page, command);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by !== 0 && found.length > 0) setChosen((at + by + found.length) % found.length);
    else if (event.key === 'Enter') run(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        className="palette-query"
        type="text"
        role="combobox"
        aria-label="Search commands"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={found[at] === undefined ? undefined : `${listId}-${found[at].id}`}
        placeholder="Type a part of a command’s name"
        data-first
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul className="palette-list" id={listId} role="listbox" aria-label="Commands">
        {found.map((command, i) => (
          <PaletteItem
            key={command.id}
            id={`${listId}-${command.id}`}
            command={command}
            chosen={i === at}
            onRun={() => run(command)}
          />
        ))}
      </ul>
      {found.length === 0 && (
        <p className="empty">
          No command has “{query}” in its name. Delete some of it, or press ? for all keys.
        </p>
      )}
    </>
  );
}

type ItemProps = {
  readonly id: string;
  readonly command: Command;
  readonly chosen: boolean;
  readonly onRun: () => void;
};

function PaletteItem({ id, command, chosen, onRun }: ItemProps): ReactNode {
  const enabled = command.enabled(usePage().store.getState());
  const key = command.keys[0];
  return (
    <li
      id={id}
      role="option"
      aria-selected={chosen}
      aria-disabled={!enabled}
      ref={(element) => {
        if (chosen) element?.scrollIntoView({ block: 'nearest' });
      }}
      onClick={onRun}
    >
      <span className="palette-group">{command.group}</span>
      <span className="palette-title">{command.title}</span>
      {key !== undefined && <kbd>{chordLabel(key, isMac())}</kbd>}
    </li>
  );
}

/** Presets are found by what they show; without a search they would crowd out the commands. */
const OPEN_PRESET: readonly Command[] = PRESETS.map(({ id, title }) => ({
  id: `preset.${id}`,
  title: `Open: ${title}`,
  group: 'Scenario',
  keys: [],
  context: 'page',
  enabled: () => true,
  run: ({ state }) => state.openPreset(id),
}));
const SEARCHED: readonly Command[] = [...COMMANDS, ...OPEN_PRESET];

/** Commands and presets whose title or, less so, group match, best first; all of them for an empty query. A leading ">" is habit. */
export function search(query: string): readonly Command[] {
  const wanted = query.replace(/^\s*>/, '').trim();
  if (wanted === '') return COMMANDS;
  const found = fuzzysort.go(wanted, SEARCHED, {
    keys: [(c) => c.title, (c) => c.group],
    threshold: 0.2,
    scoreFn: ([title, group]) => Math.max(title?.score ?? 0, (group?.score ?? 0) * 0.5),
  });
  return [...found]
    .sort((a, b) => tier(b.score) - tier(a.score) || SEARCHED.indexOf(a.obj) - SEARCHED.indexOf(b.obj))
    .map((result) => result.obj);
}

/** Scores this close are equal: the length of a title says nothing about what was meant. */
const tier = (score: number): number => Math.round(score * 10);
