import type { TimelineState } from './types.ts';

/** What a timeline shows before its owner says anything. */
export const INITIAL_STATE: TimelineState = {
  axis: 'clock',
  window: null,
  cursor: null,
  selection: null,
  range: null,
  collapsed: new Set(),
  jiffy_ns: null,
  flows: [],
  io: null,
  wheelZooms: false,
};
