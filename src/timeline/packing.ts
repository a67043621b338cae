/** Packs bars that overlap into as few lanes as possible: each goes into the lowest that is free. */
export class LanePacker {
  /** Lanes ever used: the greatest number of bars at once. */
  used = 0;
  /** Lanes below `used` that are free, in no order. */
  private readonly free: number[] = [];

  /** A lane for a bar that begins now. */
  take(): number {
    if (this.free.length === 0) return this.used++;
    let lowest = 0;
    for (let i = 1; i < this.free.length; i++) if (this.free[i]! < this.free[lowest]!) lowest = i;
    const lane = this.free[lowest]!;
    this.free.splice(lowest, 1);
    return lane;
  }

  /** The lane's bar ended. */
  give(lane: number): void {
    this.free.push(lane);
  }
}
