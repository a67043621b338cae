import * as v from 'valibot';
import type { Slice } from './app-state.ts';

/** What a person sets once for this browser. Not in the link: it says nothing about what is seen. */
const settingsSchema = v.object({
  theme: v.fallback(v.picklist(['system', 'light', 'dark']), 'system'),
  /** Single-character keys may be switched off (WCAG 2.1.4): speech input and screen readers trigger them by accident. */
  letterKeys: v.fallback(v.boolean(), true),
  /** Plain wheel zooms ("classic"); otherwise it scrolls and Ctrl+wheel zooms. */
  wheelZooms: v.fallback(v.boolean(), false),
  /** The first-visit hint was closed. */
  hintSeen: v.fallback(v.boolean(), false),
});

export type Settings = v.InferOutput<typeof settingsSchema>;
export type Theme = Settings['theme'];

export type SettingsSlice = {
  readonly settings: Settings;
  /** Changes some settings and remembers them, where the browser lets us. */
  readonly changeSettings: (change: Partial<Settings>) => void;
};

const KEY = 'bioscope.settings';

export const settingsSlice: Slice<SettingsSlice> = (deps) => (set, get) => ({
  settings: readSettings(deps.storage),
  changeSettings: (change) => {
    set({ settings: { ...get().settings, ...change } });
    try {
      deps.storage?.setItem(KEY, JSON.stringify(get().settings));
    } catch (error) {
      get().say(
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
