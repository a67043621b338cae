/** What mouse, trackpad and touch do in the timeline, for the help page. `wheelZooms` is the setting. */
export function gestures(
  wheelZooms: boolean,
): readonly { readonly gesture: string; readonly effect: string }[] {
  const wheel = wheelZooms
    ? { zoom: 'Wheel, pinch', scroll: 'Shift + wheel', pan: 'Sideways swipe' }
    : { zoom: 'Ctrl or Cmd + wheel, pinch', scroll: 'Wheel', pan: 'Shift + wheel, sideways swipe' };
  return [
    { gesture: wheel.zoom, effect: 'zoom at the pointer' },
    { gesture: wheel.scroll, effect: 'scroll the tracks' },
    { gesture: wheel.pan, effect: 'pan' },
    { gesture: 'Middle-drag, Shift + drag', effect: 'pan' },
    { gesture: 'Drag', effect: 'select a range; its edges can be dragged' },
    { gesture: 'Drag on the ruler', effect: 'select time over all tracks' },
    { gesture: 'Alt while dragging', effect: 'do not snap to events' },
    { gesture: 'Click the ruler, drag the cursor’s handle', effect: 'move the cursor' },
    { gesture: 'Click the name of a CPU', effect: 'fold or unfold its tracks' },
    { gesture: 'Right-click', effect: 'a menu of what can be done there' },
    { gesture: 'Touch', effect: 'one finger scrolls, two zoom and pan' },
    { gesture: 'Click', effect: 'select an event and move the cursor there; on empty space: clear' },
    { gesture: 'Double-click an event', effect: 'zoom to it' },
    { gesture: 'Double-click the ruler', effect: 'fit the whole run' },
    { gesture: 'Drag in the overview', effect: 'move the window' },
    { gesture: 'Drop or paste a fio job, a scenario or a link', effect: 'open it' },
  ];
}
