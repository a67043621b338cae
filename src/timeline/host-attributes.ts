/** What assistive technology needs of the host: a name, a role, a description, and a place in the tab order. */

/** Timelines made so far, for ids. */
let made = 0;

/** Gives the host what its owner has not given it. Returns what takes it back. */
export function describeHost(host: HTMLElement, description: HTMLElement, scroller: HTMLElement): () => void {
  description.id = `timeline-description-${++made}`;
  const wanted = {
    tabindex: '0',
    role: 'group',
    'aria-label': 'Timeline',
    'aria-describedby': description.id,
  };
  const given = Object.entries(wanted).filter(([name]) => !host.hasAttribute(name));
  for (const [name, value] of given) host.setAttribute(name, value);
  // What scrolls has to be reachable with Tab; a host that is no stop of it leaves that to the tracks.
  scroller.tabIndex = host.tabIndex < 0 ? 0 : -1;
  scroller.setAttribute('role', 'group');
  scroller.setAttribute('aria-label', 'Tracks');
  return () => {
    for (const [name] of given) host.removeAttribute(name);
  };
}
