/** Texts that fit their room: measured once, shortened where needed. */
export const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
export const BOLD = `600 ${FONT}`;

export class FitText {
  private readonly widths = new Map<string, number>();
  private readonly measure: (text: string) => number;

  constructor(measure: (text: string) => number) {
    this.measure = measure;
  }

  /** Width in CSS pixels. */
  width(text: string): number {
    let width = this.widths.get(text);
    if (width === undefined) {
      width = this.measure(text);
      if (this.widths.size > 20_000) this.widths.clear(); // long runs name many objects
      this.widths.set(text, width);
    }
    return width;
  }

  /** The text, or its beginning and an ellipsis, or nothing if fewer than three characters would be left. */
  fit(text: string, room_px: number): string {
    if (room_px < 14) return '';
    const width = this.width(text);
    if (width <= room_px) return text;
    let kept = Math.floor((text.length * (room_px - this.width('…'))) / width);
    while (kept >= 3 && this.width(`${text.slice(0, kept)}…`) > room_px) kept--;
    return kept >= 3 ? `${text.slice(0, kept)}…` : '';
  }
}
