import { describe, expect, test } from 'vitest';
import { TestLog } from '../analysis/testing.ts';
import { spanHit } from './describe.ts';
import { LockPiece } from './locks.ts';
import { trackInfo } from './table.ts';
import { modelOf } from './testing.ts';
import { Kind } from './theme.ts';
import { layOut, LOCKS_ID } from './tracks.ts';

/** A lock that a task takes, then an interrupt with interrupts off, for which a kworker on CPU 1 spins. */
function story(folios: 'with folios' | 'without') {
  const t = new TestLog();
  if (folios === 'with folios') t.object('folio', 0, 'data 0');
  const list = t.object('i_ioend_list', 0, 'data');
  const lock = t.object('spinlock_t', list, 'i_ioend_lock');
  t.switchTo(0, t.task('fio'));
  t.switchTo(1, t.task('kworker/1:0'));
  const first = t.at(1000).lock(0, lock);
  t.at(1100).unlock(0, lock);
  t.at(2000).irq(0, 'nvme0q1');
  t.lock(0, lock, 'off');
  t.at(2500).unlock(0, lock);
  t.endInterrupt(0);
  t.spin(1, lock, 300);
  t.lock(1, lock);
  t.at(2600).unlock(1, lock);
  t.at(4000);
  return { log: t.stop(), first };
}

const open = layOut(modelOf(story('with folios').log), new Set()).tracks.find((t) => t.kind === 'lock');

describe('a lock', () => {
  test('has a bar for each who held it, in the colour of the context, and one for each who spun', () => {
    const [held, spun] = open?.lock?.lanes ?? [];
    expect(Array.from({ length: held?.count ?? 0 }, (_, i) => held?.kind[i])).toEqual([
      Kind.Task,
      Kind.HardIrq,
      Kind.Worker,
    ]);
    expect([held?.piece[0], held?.piece[1]]).toEqual([LockPiece.Held, LockPiece.IrqsOff]);
    expect([spun?.count, spun?.t0_ns[0], spun?.t1_ns[0], spun?.kind[0]]).toEqual([
      1,
      2200,
      2500,
      Kind.Waiting,
    ]);
    expect(open?.label).toBe('i_ioend_lock data');
  });

  test('is told in words, also in the table', () => {
    const { log, first } = story('with folios');
    const model = modelOf(log);
    const track = layOut(model, new Set()).tracks.find((t) => t.kind === 'lock');
    if (track?.lock === undefined || track.lock === null) throw new Error('there is a lock');
    const [held, spun] = track.lock.lanes;
    if (held === undefined || spun === undefined) throw new Error('it was held and spun for');
    const text = (lane: typeof held, i: number): string =>
      spanHit(log, track, lane, i).text.replaceAll('\u00a0', ' ');
    expect(spanHit(log, track, held, 0)).toMatchObject({ what: 'lock', row: first });
    expect(text(held, 0)).toBe('fio holds i_ioend_lock data on CPU 0, 100 ns from 1,000 ns');
    expect(text(held, 1)).toContain(
      'the interrupt nvme0q1 holds i_ioend_lock data with interrupts off on CPU 0',
    );
    expect(text(spun, 0)).toContain('kworker/1:0 spins for i_ioend_lock data on CPU 1');
    expect(trackInfo(model, track, { from: 0, to: 4000 }, false)).toMatchObject({
      tag: 'LK',
      text: 'i_ioend_lock data: 4 spans in view; taken 3 times, 1 with interrupts off; 1 time somebody spun for it',
    });
  });

  test('that is held when the run ends is held to the end of the picture', () => {
    const t = new TestLog();
    const lock = t.object('spinlock_t', 0, 'i_lock data');
    t.switchTo(0, t.task('fio'));
    t.at(100).lock(0, lock);
    t.at(900);
    expect(modelOf(t.stop()).locks.tracks[0]?.lanes[0]?.t1_ns[0]).toBe(900);
  });

  test('that sleeps is no spinlock', () => {
    const t = new TestLog();
    const lock = t.object('rw_semaphore', 0, 'i_rwsem data');
    t.switchTo(0, t.task('fio'));
    t.lock(0, lock);
    t.unlock(0, lock);
    expect(modelOf(t.stop()).locks.tracks).toEqual([]);
  });
});

describe('the group of locks', () => {
  const groups = (folios: Parameters<typeof story>[0], collapsed: readonly string[]) =>
    layOut(modelOf(story(folios).log), new Set(collapsed)).tracks.filter((t) => t.id === LOCKS_ID)[0];

  test('is open where there is a page cache, and otherwise collapsed until somebody opens it', () => {
    expect(groups('with folios', [])).toMatchObject({ collapsed: false, startsCollapsed: false });
    expect(groups('with folios', [LOCKS_ID])?.collapsed).toBe(true);
    expect(groups('without', [])).toMatchObject({ collapsed: true, startsCollapsed: true });
    expect(groups('without', [LOCKS_ID])?.collapsed).toBe(false);
  });

  test('comes after everything else', () => {
    const { tracks } = layOut(modelOf(story('with folios').log), new Set());
    expect(tracks.slice(-2).map((t) => t.kind)).toEqual(['group', 'lock']);
  });
});
