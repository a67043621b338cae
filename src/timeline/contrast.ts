/** Colours as `#rrggbb`, measured as WCAG 2 does. Shared by the palettes' tests and by whoever blends a colour. */
export type Hex = `#${string}`;

/** Red, green and blue from 0 to 1, as encoded in sRGB. */
export type Rgb = readonly [number, number, number];

export function parseHex(colour: Hex): Rgb {
  const channel = (at: number): number => parseInt(colour.slice(at, at + 2), 16) / 255;
  return [channel(1), channel(3), channel(5)];
}

export function toHex(rgb: Rgb): Hex {
  const channel = (c: number): string =>
    Math.round(Math.min(1, Math.max(0, c)) * 255)
      .toString(16)
      .padStart(2, '0');
  return `#${channel(rgb[0])}${channel(rgb[1])}${channel(rgb[2])}`;
}

/** Undoes the encoding of sRGB, so that numbers are proportional to light. */
export const toLinear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);

export function luminance(colour: Hex): number {
  const [r, g, b] = parseHex(colour);
  return 0.2126 * toLinear(r) + 0.7152 * toLinear(g) + 0.0722 * toLinear(b);
}

/** From 1 (equal) to 21 (black on white). AA asks 4.5 of text and 3 of shapes. */
export function contrast(a: Hex, b: Hex): number {
  const [la, lb] = [luminance(a), luminance(b)];
  return (Math.max(la, lb) + 0.05) / (Math.min(la, lb) + 0.05);
}

/** `share` of `top` over `ground`, as the canvas blends: in encoded channels. */
export function blend(ground: Hex, top: Hex, share: number): Hex {
  const [g, t] = [parseHex(ground), parseHex(top)];
  const mix = (i: 0 | 1 | 2): number => g[i] + (t[i] - g[i]) * share;
  return toHex([mix(0), mix(1), mix(2)]);
}
