import { KERNELS } from '../kernel/kernels.ts';
import { SWITCHES } from '../kernel/switches.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Slice } from './app-state.ts';
import { checked, editScenario, withKernel, withSwitch } from './edits.ts';
import { FRESH } from './place.ts';
import { SHORTCUTS } from './shortcuts.ts';
import { presetVersion, type ScenarioSlice, type Version } from './scenario.ts';

/** Enough for a session of trying things; a version is a few kilobytes. */
const HISTORY = 200;

export const scenarioSlice =
  (first: Version): Slice<ScenarioSlice> =>
  () =>
  (set, get) => {
    const show = (version: Version, followed: readonly string[] = []): void => {
      const { version: old, past } = get();
      set({
        version,
        past: [...past, old].slice(-HISTORY),
        future: [],
        problems: [],
        refused: null,
        followed,
      });
      get().startRun();
    };
    /** Another run altogether: what was looked at is not in it. */
    const lookAfresh = (): void =>
      set({
        pendingPlace: FRESH,
        window: null,
        range: null,
        isRangeKept: false,
        collapsed: new Set(),
        linkTitle: '',
      });
    const open = (version: Version): void => {
      lookAfresh();
      get().hush('input', 'link', 'place');
      show(version);
    };
    const change = (scenario: Scenario, label: string, followed: readonly string[] = []): void =>
      show({ ...get().version, scenario, label }, followed);
    return {
      version: first,
      past: [],
      future: [],
      problems: [],
      refused: null,
      followed: [],
      openScenario: (scenario, origin, label) => open({ scenario, origin, opened: scenario, label }),
      openPreset: (id) => {
        const version = presetVersion(id);
        if (version === null)
          get().say('input', 'error', `There is no preset “${id}”. Choose one from the list.`);
        else open(version);
      },
      edit: (path, value) => {
        const edited = editScenario(get().version.scenario, path, value);
        if (edited.ok) change(edited.value.scenario, String(path.at(-1)), edited.value.followed);
        else set({ problems: edited.error, refused: path.join('.') });
      },
      take: (id, value) => {
        const { title, set: changeBy } = SHORTCUTS[id];
        const edited = checked(changeBy(get().version.scenario, value));
        if (edited.ok) change(edited.value.scenario, title, edited.value.followed);
        else set({ problems: edited.error, refused: id });
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
        if (back.opened !== version.opened) lookAfresh();
        set({
          version: back,
          past: past.slice(0, -1),
          future: [version, ...future],
          problems: [],
          refused: null,
          followed: [],
        });
        get().startRun();
      },
      redo: () => {
        const { version, past, future } = get();
        const [next, ...rest] = future;
        if (next === undefined) return;
        if (next.opened !== version.opened) lookAfresh();
        set({
          version: next,
          past: [...past, version],
          future: rest,
          problems: [],
          refused: null,
          followed: [],
        });
        get().startRun();
      },
    };
  };
