/** Forced colours: the system's palette instead of ours, with outlines, patterns and tags to tell contexts apart. */
import { type Hex, toHex } from './contrast.ts';
import { everyKind, type Theme } from './theme.ts';

/** Does the system impose its own colours? */
export function isForced(): boolean {
  return typeof matchMedia === 'function' && matchMedia('(forced-colors: active)').matches;
}

/** The theme in the system's colours. Spans are drawn in the ground's colour with an outline in the text's. */
export function forcedTheme(host: HTMLElement, base: Theme): Theme {
  const system = (name: string, fallback: Hex): Hex => resolve(host, name) ?? fallback;
  const ground = system('Canvas', base.ground);
  const ink = system('CanvasText', base.ink);
  const accent = system('Highlight', base.accent);
  return {
    ...{ name: base.name, ground, panel: ground, ink, muted: ink, accent },
    ...{ line: system('GrayText', base.line), cursor: ink, flow: accent },
    fill: everyKind(() => ground),
    text: everyKind(() => ink),
    folio: base.folio, // the page’s own elements take the colours of the system by themselves
  };
}

/** A CSS colour as the browser computes it. */
function resolve(host: HTMLElement, name: string): Hex | null {
  const probe = host.ownerDocument.createElement('span');
  probe.style.color = name;
  host.append(probe);
  const found = /rgba?\((\d+), (\d+), (\d+)/.exec(getComputedStyle(probe).color);
  probe.remove();
  if (found === null) return null;
  return toHex([Number(found[1]) / 255, Number(found[2]) / 255, Number(found[3]) / 255]);
}
