import { useEffect, useRef, type ReactNode } from 'react';
import { chordLabel } from '../commands/chord.ts';
import { commandOf, isMac, runCommand, useApp, usePage } from '../page.tsx';

/** What the context menu offers: commands of the registry. */
const IDS = [
  'zoom.selection',
  'range.from-selection',
  'select.io',
  'cause.go',
  'track.details',
  'range.mark',
  'zoom.fit',
  'axis.next',
  'flows.toggle',
] as const;

/** Where the menu was asked for, in pixels of the window. */
export type MenuPlace = { readonly x: number; readonly y: number };

type Props = { readonly at: MenuPlace | null; readonly onClose: () => void };

/** Kept free at the window's edge. */
const MARGIN_PX = 8;

/** The menu of the right mouse button, with what the keyboard and the palette have too. */
export function TimelineMenu({ at, onClose }: Props): ReactNode {
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = menu.current;
    if (at === null || element === null) return;
    element.showPopover();
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(MARGIN_PX, Math.min(at.x, innerWidth - width - MARGIN_PX))}px`;
    element.style.top = `${Math.max(MARGIN_PX, Math.min(at.y, innerHeight - height - MARGIN_PX))}px`;
    element.querySelector('button')?.focus();
  }, [at]);
  if (at === null) return null;
  return (
    <div
      ref={menu}
      className="menu"
      role="menu"
      aria-label="Timeline"
      popover="auto"
      onToggle={(event) => event.newState === 'closed' && onClose()}
      onKeyDown={(event) => {
        const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
        if (by === 0) return;
        event.preventDefault();
        const items = [...event.currentTarget.querySelectorAll('button')].filter((item) => !item.disabled);
        const here = items.findIndex((item) => item === document.activeElement);
        items.at((here + by) % items.length)?.focus();
      }}
    >
      {IDS.map((id) => (
        <MenuItem key={id} id={id} onDone={() => menu.current?.hidePopover()} />
      ))}
    </div>
  );
}

function MenuItem({ id, onDone }: { readonly id: string; readonly onDone: () => void }): ReactNode {
  const page = usePage();
  const command = commandOf(id);
  const enabled = useApp((s) => command.enabled(s));
  const [key] = command.keys;
  return (
    <button
      type="button"
      role="menuitem"
      className="button menu-item"
      tabIndex={-1}
      disabled={!enabled}
      onClick={() => {
        onDone();
        runCommand(page, command);
      }}
    >
      <span>{command.title}</span>
      {key !== undefined && <kbd>{chordLabel(key, isMac())}</kbd>}
    </button>
  );
}
