import type { ReactNode } from 'react';
import { PRESET_GROUPS } from '../../scenario/presets.ts';
import { selectIsEdited, selectSource } from '../../state/selectors.ts';
import { useApp, useVerbs } from '../page.tsx';

/** Chooses a preset; what is shown when the scenario is none of them says where it came from. */
export function PresetPicker(): ReactNode {
  const { openPreset } = useVerbs();
  const origin = useApp((s) => s.version.origin);
  const isEdited = useApp(selectIsEdited);
  const source = useApp(selectSource);
  const preset = origin.kind === 'preset' && !isEdited ? origin.id : '';
  return (
    <>
      <label className="unseen" htmlFor="preset">
        Scenario
      </label>
      <select id="preset" value={preset} title={source} onChange={(event) => openPreset(event.target.value)}>
        {preset === '' && (
          <option value="" disabled>
            {source}
          </option>
        )}
        {PRESET_GROUPS.map((group) => (
          <optgroup key={group.title} label={group.title}>
            {group.presets.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </>
  );
}
