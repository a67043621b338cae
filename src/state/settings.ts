import * as v from 'valibot';

/** What a person sets once for this browser. Not in the link: it says nothing about what is seen. */
export const settingsSchema = v.object({
  theme: v.fallback(v.picklist(['system', 'light', 'dark']), 'system'),
  /** Single-character keys may be switched off (WCAG 2.1.4): speech input and screen readers trigger them by accident. */
  letterKeys: v.fallback(v.boolean(), true),
  /** Plain wheel zooms ("classic"); otherwise it scrolls and Ctrl+wheel zooms. */
  wheelZooms: v.fallback(v.boolean(), false),
  /** The timeline shows where the jiffies are. */
  jiffyGrid: v.fallback(v.boolean(), true),
  /** Height of the lists below the timeline; null is the usual one. */
  drawer_px: v.fallback(v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(5000))), null),
  /** Whether the lists are open; null leaves it to the height of the window. */
  drawerOpen: v.fallback(v.nullable(v.boolean()), null),
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
