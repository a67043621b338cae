import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { chordAria, chordLabel } from './commands/chord.ts';
import { commandOf, isMac, runCommand, useApp, usePage } from './page.tsx';

type Props = {
  /** Id of the command. */
  readonly id: string;
  readonly icon: LucideIcon;
  /** Shown beside the icon; without it the command's title is the name. */
  readonly label?: string;
  readonly pressed?: boolean;
  readonly className?: string;
};

/** A button for a command of the registry, with its title and keys as tooltip. */
export function CommandButton({ id, icon: Icon, label, pressed, className }: Props): ReactNode {
  const page = usePage();
  const command = commandOf(id);
  const enabled = useApp((s) => command.enabled(s));
  const keys = command.keys.map((c) => chordLabel(c, isMac()));
  return (
    <button
      type="button"
      className={`button ${label === undefined ? 'button-icon' : ''} ${className ?? ''}`}
      aria-label={label === undefined ? command.title : undefined}
      aria-keyshortcuts={command.keys.map(chordAria).join(' ') || undefined}
      aria-pressed={pressed}
      title={keys.length > 0 ? `${command.title} (${keys.join(', ')})` : command.title}
      disabled={!enabled}
      onClick={() => runCommand(page, command)}
    >
      <Icon aria-hidden size={16} />
      {label !== undefined && <span className="button-label">{label}</span>}
    </button>
  );
}
