import type { ReactNode } from 'react';
import { chordLabel } from '../commands/chord.ts';
import { type Command, GROUPS } from '../commands/command.ts';
import { gestures } from '../commands/gestures.ts';
import { COMMANDS } from '../commands/registry.ts';
import { isMac, useApp, useVerbs } from '../page.tsx';
import { Dialog } from './dialog.tsx';

/** Keys and gestures, made from the registry. */
export function HelpDialog(): ReactNode {
  const settings = useApp((s) => s.settings);
  const { changeSettings } = useVerbs();
  return (
    <Dialog names={['help']} title="Keys and gestures" className="help">
      <label className="help-setting">
        <input
          type="checkbox"
          className="switch"
          checked={settings.letterKeys}
          onChange={(event) => changeSettings({ letterKeys: event.target.checked })}
        />
        Single-character keys work. Keys with Ctrl, arrows and F1 always do.
      </label>
      <div className="help-groups">
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <KeyTable commands={COMMANDS.filter((c) => c.group === group && c.keys.length > 0)} />
          </section>
        ))}
        <section>
          <h3>Mouse, trackpad, touch</h3>
          <dl className="help-list">
            {gestures(settings.wheelZooms).map(({ gesture, effect }) => (
              <div key={gesture}>
                <dt>{gesture}</dt>
                <dd>{effect}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </Dialog>
  );
}

function KeyTable({ commands }: { readonly commands: readonly Command[] }): ReactNode {
  return (
    <dl className="help-list">
      {commands.map((command) => (
        <div key={command.id}>
          <dt>
            {command.keys.map((key) => (
              <kbd key={chordLabel(key)}>{chordLabel(key, isMac())}</kbd>
            ))}
          </dt>
          <dd>{command.title}</dd>
        </div>
      ))}
    </dl>
  );
}
