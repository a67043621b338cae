/** What mouse, trackpad and touch do in the timeline, for the help page. `wheelZooms` is the setting. */
export function gestures(
  wheelZooms: boolean,
): readonly { readonly gesture: string; readonly effect: string }[] {
  return [
    {
      gesture: wheelZooms ? 'Wheel' : 'Ctrl or Cmd + wheel, pinch',
      effect: 'zoom at the pointer',
    },
    { gesture: wheelZooms ? 'Ctrl or Cmd + wheel' : 'Wheel', effect: 'scroll the tracks' },
    { gesture: 'Shift + wheel, sideways swipe', effect: 'pan' },
    { gesture: 'Middle-drag, Shift + drag', effect: 'pan' },
    { gesture: 'Drag', effect: 'select a range; its edges can be dragged' },
    { gesture: 'Drag on the ruler', effect: 'select time over all tracks' },
    { gesture: 'Click', effect: 'select an event and move the cursor there; on empty space: clear' },
    { gesture: 'Double-click an event', effect: 'zoom to it' },
    { gesture: 'Double-click the ruler', effect: 'fit the whole run' },
    { gesture: 'Drag in the overview', effect: 'move the window' },
    { gesture: 'Drop or paste a fio job, a scenario or a link', effect: 'open it' },
  ];
}
