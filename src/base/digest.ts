/**
 * A running 64-bit digest over the bytes of a log. Not cryptographic: it tells two runs apart, nobody attacks it.
 * The two halves mix independently in the manner of 32-bit multiply-rotate hashes, with `Math.imul` only, so every
 * engine computes the same bits.
 */
export class Digest {
  private a = 0x9e3779b1;
  private b = 0x85ebca77;
  private words = 0;

  /** Folds in `count` 32-bit words. */
  words32(words: Uint32Array, count = words.length): this {
    let a = this.a;
    let b = this.b;
    for (let i = 0; i < count; i++) {
      const w = words[i]!;
      a = Math.imul(a ^ w, 0xcc9e2d51);
      a = (a << 15) | (a >>> 17);
      b = Math.imul(b + w, 0x1b873593) ^ a;
      b = (b << 13) | (b >>> 19);
    }
    this.a = a;
    this.b = b;
    this.words += count;
    return this;
  }

  /** Folds in a text, by UTF-16 code unit, with its length so that neighbours cannot run together. */
  text(text: string): this {
    const words = new Uint32Array(text.length + 1);
    for (let i = 0; i < text.length; i++) words[i] = text.charCodeAt(i);
    words[text.length] = text.length;
    return this.words32(words);
  }

  /** The digest so far as 16 hex digits. */
  hex(): string {
    return finish(this.a ^ this.words) + finish(this.b + this.words);
  }
}

function finish(h: number): string {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return (h >>> 0).toString(16).padStart(8, '0');
}
