import { assert, present } from '../base/assert.ts';
import { KERNELS, type KernelName } from '../kernel/kernels.ts';
import { SWITCHES, type SwitchId, type Switches } from '../kernel/switches.ts';
import type { FioOptions } from '../scenario/fio/import-fio.ts';
import { parseScenario, type ScenarioProblem } from '../scenario/parse.ts';
import { presetById, PRESETS } from '../scenario/presets.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Slice } from './app-state.ts';
import { FRESH } from './place.ts';
import { editScenario, type Path, withKernel, withSwitch } from './edits.ts';

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
  /** What else had to change with the last change. */
  readonly followed: readonly string[];
  /** Shows another scenario and runs it. */
  readonly openScenario: (scenario: Scenario, origin: Origin, label: string) => void;
  readonly openPreset: (id: string) => void;
  /** Sets one field; a refused value leaves its problem in `problems`. */
  readonly edit: (path: Path, value: unknown) => void;
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

/** Enough for a session of trying things; a version is a few kilobytes. */
const HISTORY = 200;

export const scenarioSlice =
  (first: Version): Slice<ScenarioSlice> =>
  () =>
  (set, get) => {
    const show = (version: Version, followed: readonly string[] = []): void => {
      const { version: old, past } = get();
      set({ version, past: [...past, old].slice(-HISTORY), future: [], problems: [], followed });
      get().startRun();
    };
    /** Another run altogether: what was looked at is not in it. */
    const open = (version: Version): void => {
      set({ pendingPlace: FRESH, window: null, range: null, collapsed: new Set(), linkTitle: '' });
      show(version);
    };
    const change = (scenario: Scenario, label: string, followed: readonly string[] = []): void =>
      show({ ...get().version, scenario, label }, followed);
    return {
      version: first,
      past: [],
      future: [],
      problems: [],
      followed: [],
      openScenario: (scenario, origin, label) => open({ scenario, origin, opened: scenario, label }),
      openPreset: (id) => {
        const version = presetVersion(id);
        if (version === null) get().say('error', `There is no preset “${id}”. Choose one from the list.`);
        else open(version);
      },
      edit: (path, value) => {
        const edited = editScenario(get().version.scenario, path, value);
        if (edited.ok) change(edited.value.scenario, String(path.at(-1)), edited.value.followed);
        else set({ problems: edited.error });
      },
      chooseKernel: (name) => change(withKernel(get().version.scenario, name), KERNELS[name].title),
      flipSwitch: (id, value) => {
        const said = typeof value === 'boolean' ? (value ? 'on' : 'off') : value;
        change(withSwitch(get().version.scenario, id, value), `${SWITCHES[id].title}: ${said}`);
      },
      undo: () => {
        const { version, past, future } = get();
        const back = past.at(-1);
        if (back === undefined) return;
        set({
          version: back,
          past: past.slice(0, -1),
          future: [version, ...future],
          problems: [],
          followed: [],
        });
        get().startRun();
      },
      redo: () => {
        const { version, past, future } = get();
        const [next, ...rest] = future;
        if (next === undefined) return;
        set({ version: next, past: [...past, version], future: rest, problems: [], followed: [] });
        get().startRun();
      },
    };
  };
