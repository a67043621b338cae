import type { Preset } from './preset.ts';
import { PATH_PRESETS } from './presets-paths.ts';
import { REVIEW_PRESETS } from './presets-review.ts';
import { RING_PRESETS } from './presets-ring.ts';
import { STORAGE_PRESETS } from './presets-storage.ts';
import { WRITEBACK_PRESETS } from './presets-writeback.ts';

export type { Preset };

/** The presets as a list of them is divided. */
export const PRESET_GROUPS: readonly { readonly title: string; readonly presets: readonly Preset[] }[] = [
  { title: 'Paths of a completion', presets: PATH_PRESETS },
  { title: 'What the review was about', presets: REVIEW_PRESETS },
  { title: 'Filesystem and device', presets: STORAGE_PRESETS },
  { title: 'Rings of io_uring', presets: RING_PRESETS },
  { title: 'Buffered writes and their writeback', presets: WRITEBACK_PRESETS },
];

/** The first is what a first-time visitor sees. */
export const PRESETS: readonly [Preset, ...Preset[]] = [
  ...PATH_PRESETS,
  ...REVIEW_PRESETS,
  ...STORAGE_PRESETS,
  ...RING_PRESETS,
  ...WRITEBACK_PRESETS,
];

/** The preset with this id, or null. */
export function presetById(id: string): Preset | null {
  return PRESETS.find((preset) => preset.id === id) ?? null;
}
