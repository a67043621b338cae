import type { ReactNode } from 'react';
import type { Theme } from '../../state/settings.ts';
import { useApp, useVerbs } from '../page.tsx';
import { Dialog } from './dialog.tsx';

const THEMES: readonly { readonly id: Theme; readonly label: string }[] = [
  { id: 'system', label: 'As the system' },
  { id: 'light', label: 'Light' },
  { id: 'dark', label: 'Dark' },
];

/** What this browser remembers. */
export function SettingsDialog(): ReactNode {
  const settings = useApp((s) => s.settings);
  const { changeSettings } = useVerbs();
  return (
    <Dialog names={['settings']} title="Settings" className="settings">
      <fieldset className="settings-choices">
        <legend>Theme</legend>
        {THEMES.map(({ id, label }) => (
          <label key={id}>
            <input
              type="radio"
              name="theme"
              checked={settings.theme === id}
              onChange={() => changeSettings({ theme: id })}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <Setting
        label="Single-character keys"
        help="Switch them off when speech input or a screen reader triggers them by accident. Keys with Ctrl, arrows and F1 stay."
        checked={settings.letterKeys}
        onChange={(letterKeys) => changeSettings({ letterKeys })}
      />
      <Setting
        label="The wheel zooms the timeline"
        help="Otherwise it scrolls the tracks, and Ctrl or Cmd with the wheel zooms."
        checked={settings.wheelZooms}
        onChange={(wheelZooms) => changeSettings({ wheelZooms })}
      />
      <Setting
        label="Grid of jiffies"
        help="Dashed lines in the timeline where the tick of the kernel’s clock is, with their numbers."
        checked={settings.jiffyGrid}
        onChange={(jiffyGrid) => changeSettings({ jiffyGrid })}
      />
      <p className="settings-note">Settings stay in this browser. Nothing that you do here leaves it.</p>
    </Dialog>
  );
}

type SettingProps = {
  readonly label: string;
  readonly help: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
};

function Setting({ label, help, checked, onChange }: SettingProps): ReactNode {
  return (
    <label className="setting">
      <input
        type="checkbox"
        className="switch"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>
        {label}
        <span className="setting-help">{help}</span>
      </span>
    </label>
  );
}
