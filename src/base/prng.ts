/**
 * Seeded pseudo-random numbers over integers only (xoshiro128**, the construction by Blackman and Vigna, seeded by
 * splitmix32). Every stream of a run (each device, each job) has its own generator, so that drawing more in one place
 * does not shift the numbers of another.
 */
export class Prng {
  private s0: number;
  private s1: number;
  private s2: number;
  private s3: number;

  constructor(seed: number, stream: number) {
    let x = (Math.imul(seed ^ 0x6a09e667, 0x9e3779b1) + Math.imul(stream + 1, 0x85ebca77)) | 0;
    const next = (): number => {
      x = (x + 0x9e3779b9) | 0;
      let z = x ^ (x >>> 16);
      z = Math.imul(z, 0x21f0aaad);
      z ^= z >>> 15;
      z = Math.imul(z, 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.s0 = next();
    this.s1 = next();
    this.s2 = next();
    this.s3 = next() | 1; // never all zero
  }

  /** The next 32 random bits as an unsigned integer. */
  u32(): number {
    const m = Math.imul(this.s1, 5);
    const result = Math.imul((m << 7) | (m >>> 25), 9);
    const t = this.s1 << 9;
    this.s2 ^= this.s0;
    this.s3 ^= this.s1;
    this.s1 ^= this.s2;
    this.s0 ^= this.s3;
    this.s2 ^= t;
    this.s3 = (this.s3 << 11) | (this.s3 >>> 21);
    return result >>> 0;
  }

  /** An integer in [0, limit), without modulo bias: draws that would be biased are drawn again. 1 <= limit <= 2^32. */
  below(limit: number): number {
    const threshold = (4294967296 - limit) % limit;
    for (;;) {
      const r = this.u32();
      const wide = r * limit; // exact: below 2^64 only when limit > 2^21, so split there
      if (limit <= 0x200000) {
        if (wide % 4294967296 >= threshold) return Math.floor(wide / 4294967296);
      } else {
        const bound = 4294967296 - threshold;
        if (r < bound) return r % limit;
      }
    }
  }
}
