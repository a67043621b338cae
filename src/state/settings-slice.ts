import * as v from 'valibot';
import type { Slice } from './app-state.ts';
import { type Settings, settingsSchema, type SettingsSlice } from './settings.ts';

const KEY = 'bioscope.settings';

export const settingsSlice: Slice<SettingsSlice> = (deps) => (set, get) => ({
  settings: readSettings(deps.storage),
  changeSettings: (change) => {
    set({ settings: { ...get().settings, ...change } });
    try {
      deps.storage?.setItem(KEY, JSON.stringify(get().settings));
    } catch (error) {
      get().say(
        'settings',
        'warning',
        `This browser does not keep settings (${messageOf(error)}); they last until the page closes.`,
      );
    }
  },
});

/** What was stored, each field on its own: a damaged one takes its default and the rest stays. */
function readSettings(storage: Pick<Storage, 'getItem'> | null): Settings {
  return v.parse(settingsSchema, parseStored(storage));
}

function parseStored(storage: Pick<Storage, 'getItem'> | null): object {
  try {
    const stored: unknown = JSON.parse(storage?.getItem(KEY) ?? '{}');
    return typeof stored === 'object' && stored !== null ? stored : {};
  } catch {
    return {}; // not JSON, or the browser forbids reading: the defaults hold, and the next change says so
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
