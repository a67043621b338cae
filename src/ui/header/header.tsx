import {
  ChartLine,
  CircleQuestionMark,
  Info,
  Command as CommandIcon,
  Monitor,
  Moon,
  PanelLeft,
  PanelRight,
  Redo2,
  Settings,
  Share2,
  Sun,
  Terminal,
  Undo2,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { CommandButton } from '../command-button.tsx';
import { commandOf, runCommand, useApp, usePage } from '../page.tsx';
import { FindingsBadge } from './findings-badge.tsx';
import { PresetPicker } from './preset-picker.tsx';
import { RunBadge } from './run-badge.tsx';

/** Name, scenario, and what concerns the page as a whole. */
export function Header(): ReactNode {
  const panels = useApp((s) => s.panels);
  const page = usePage();
  return (
    <header className="header">
      <button
        type="button"
        className="button skip"
        onClick={() => runCommand(page, commandOf('view.timeline'))}
      >
        Skip to the timeline
      </button>
      <h1 className="header-name">
        <Logo />
        bioscope
      </h1>
      <div className="header-scenario">
        <PresetPicker />
        <CommandButton id="scenario.fio" icon={Terminal} label="fio job" className="button-edged" />
        <RunBadge />
        <FindingsBadge />
      </div>
      <div className="header-group">
        <CommandButton id="undo" icon={Undo2} />
        <CommandButton id="redo" icon={Redo2} />
      </div>
      <div className="header-group wide-only">
        <CommandButton id="panel.controls" icon={PanelLeft} pressed={panels.controls} />
        <CommandButton id="panel.inspector" icon={PanelRight} pressed={panels.inspector} />
      </div>
      <div className="header-group">
        <ThemeButton />
        <CommandButton id="experiment" icon={ChartLine} className="wide-only" />
        <CommandButton id="settings" icon={Settings} className="wide-only" />
        <CommandButton id="about" icon={Info} className="wide-only" />
        <CommandButton id="help" icon={CircleQuestionMark} />
        <CommandButton id="palette" icon={CommandIcon} />
      </div>
      <CommandButton id="share" icon={Share2} label="Share" className="button-main" />
    </header>
  );
}

/** Three bands with a bio that goes from one to the other. */
function Logo(): ReactNode {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden>
      <rect x="2" y="3.5" width="9" height="4.5" rx="1.2" fill="var(--kind-hardirq)" />
      <rect x="7" y="10" width="9" height="4.5" rx="1.2" fill="var(--kind-worker)" />
      <rect x="13" y="16.5" width="9" height="4.5" rx="1.2" fill="var(--kind-task)" />
      <path d="M11 5.75h3.5v4.2M16 12.25h2.5v4.2" fill="none" stroke="var(--ink)" strokeWidth="1.5" />
    </svg>
  );
}

const NEXT = { system: 'light', light: 'dark', dark: 'system' } as const;
const ICONS = { system: Monitor, light: Sun, dark: Moon } as const;

/** Goes round the three themes. */
function ThemeButton(): ReactNode {
  const page = usePage();
  const theme = useApp((s) => s.settings.theme);
  const Icon = ICONS[theme];
  const next = commandOf(`theme.${NEXT[theme]}`);
  return (
    <button
      type="button"
      className="button button-icon"
      aria-label={`Theme: ${theme}. Change to: ${next.title}`}
      title={`Theme: ${theme}. Click for: ${next.title}`}
      onClick={() => runCommand(page, next)}
    >
      <Icon aria-hidden size={16} />
    </button>
  );
}
