import { assert, present } from '../base/assert.ts';
import type { KernelName } from '../kernel/kernels.ts';
import type { SwitchId, Switches } from '../kernel/switches.ts';
import type { FioOptions } from '../scenario/fio/import-fio.ts';
import { parseScenario, type ScenarioProblem } from '../scenario/parse.ts';
import { presetById, PRESETS } from '../scenario/presets.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Path } from './edits.ts';
import type { ShortcutId } from './shortcuts.ts';

/** Where the scenario came from before it was edited. */
export type Origin =
  | { readonly kind: 'preset'; readonly id: string }
  | { readonly kind: 'fio'; readonly text: string; readonly options: FioOptions }
  | { readonly kind: 'file' }
  | { readonly kind: 'link' };

/** One state of the scenario that undo can return to. */
export type Version = {
  readonly scenario: Scenario;
  readonly origin: Origin;
  /** The scenario as it was opened, before it was edited. */
  readonly opened: Scenario;
  /** What led here, for the tooltip of undo: "iodepth". */
  readonly label: string;
};

export type ScenarioSlice = {
  readonly version: Version;
  readonly past: readonly Version[];
  readonly future: readonly Version[];
  /** What is wrong with the last change that was refused; the scenario is as it was before. */
  readonly problems: readonly ScenarioProblem[];
  /** The field or shortcut of that change, dotted: the problem may be another field's. */
  readonly refused: string | null;
  /** What else had to change with the last change. */
  readonly followed: readonly string[];
  /** Shows another scenario and runs it. */
  readonly openScenario: (scenario: Scenario, origin: Origin, label: string) => void;
  readonly openPreset: (id: string) => void;
  /** Sets one field; a refused value leaves its problem in `problems`. */
  readonly edit: (path: Path, value: unknown) => void;
  /** Changes several fields as one step of undo. */
  readonly take: (id: ShortcutId, value: string | boolean) => void;
  readonly chooseKernel: (name: KernelName) => void;
  readonly flipSwitch: <S extends SwitchId>(id: S, value: Switches[S]) => void;
  readonly undo: () => void;
  readonly redo: () => void;
};

/** A preset as it is opened, or null when there is none with this id. */
export function presetVersion(id: string): Version | null {
  const preset = presetById(id);
  if (preset === null) return null;
  const parsed = parseScenario(preset.scenario);
  assert(parsed.ok, `the preset ${id} is a valid scenario`);
  return {
    scenario: parsed.value,
    origin: { kind: 'preset', id },
    opened: parsed.value,
    label: preset.title,
  };
}

/** What a first-time visitor sees. */
export const firstVersion = (): Version => present(presetVersion(PRESETS[0].id), 'the first preset exists');
