/**
 * The truncate race of ext4's writeback on iomap as a small program of its own: not the model of this folder, but the one that the
 * fact sheet describes step by step (ext4-iomap.md section 4), to walk all interleavings of two tasks. A file of three blocks is
 * delayed allocation; the writer writes block 0 back, the other task truncates to one block.
 */
import { assert } from '../../../base/assert.ts';
import { everyPath, type Path } from '../../../engine/testing-paths.ts';

export type Fix = 'none' | 'look-up repeated' | 'sequence check';

/** What both tasks see, and what the writer remembers. */
type State = {
  /** The next step of each task, from 1 on. */
  readonly w: number;
  readonly t: number;
  readonly holder: 'W' | 'T' | null;
  /** Blocks that are delayed allocation, and those that are allocated. */
  readonly delayed: readonly number[];
  readonly allocated: readonly number[];
  readonly reserved: number;
  readonly i_es_seq: number;
  readonly found: { readonly len: number; readonly m_seq: number };
  readonly retries: number;
};

/** How one interleaving ended. */
export type Ending = {
  readonly allocated: readonly number[];
  readonly reserved: number;
  readonly retries: number;
};

const W_STEPS = 8;
const T_STEPS = 6;
const START: State = {
  w: 1,
  t: 1,
  holder: null,
  delayed: [0, 1, 2],
  allocated: [],
  reserved: 3,
  i_es_seq: 0,
  found: { len: 0, m_seq: 0 },
  retries: 0,
};

/** The endings of all complete interleavings. */
export const endings = (fix: Fix): Ending[] => everyPath((path) => ending(path, fix));

function ending(path: Path, fix: Fix): Ending {
  for (let s = START; ;) {
    const next = [writerStep(s, fix), truncaterStep(s)].filter((state) => state !== null);
    if (next.length === 0) return s;
    const chosen = next[path.choose(next.length)];
    assert(chosen !== undefined, 'one of them is chosen');
    s = chosen;
  }
}

/** The state after the writer's next step; null if it has ended or has to wait. */
function writerStep(s: State, fix: Fix): State | null {
  const on = { ...s, w: s.w + 1 };
  switch (s.w) {
    case 2:
      return { ...on, found: lookUp(s) };
    case 4:
      return s.holder === null ? { ...on, holder: 'W' } : null;
    case 5:
      if (fix === 'look-up repeated') return { ...on, found: lookUp(s) };
      if (fix === 'none' || s.found.m_seq === s.i_es_seq) return on;
      return { ...s, w: 2, holder: null, retries: s.retries + 1 };
    case 6:
      return allocate(on);
    case 7:
      return { ...on, holder: null };
    default:
      return s.w > W_STEPS ? null : on; // 1: lock and i_size, 3: transaction, 8: the folio goes on
  }
}

function lookUp({ delayed, i_es_seq }: State): State['found'] {
  let len = 0;
  while (delayed.includes(len)) len++;
  return { len, m_seq: i_es_seq };
}

/** As many blocks as were looked up; only the reservations that there are now are used. */
function allocate(s: State): State {
  const blocks = Array.from({ length: s.found.len }, (_, block) => block);
  const delayed = s.delayed.filter((block) => !blocks.includes(block));
  const allocated = [...new Set([...s.allocated, ...blocks])];
  return { ...s, delayed, allocated, reserved: s.reserved - (s.delayed.length - delayed.length) };
}

/** The same for the truncate. */
function truncaterStep(s: State): State | null {
  const on = { ...s, t: s.t + 1 };
  switch (s.t) {
    case 4:
      return s.holder === null ? { ...on, holder: 'T' } : null;
    case 5:
      return remove(on);
    case 6:
      return { ...on, holder: null };
    default:
      return s.t > T_STEPS ? null : on; // 1: i_size, 2: folios, 3: transaction
  }
}

/** All but block 0 goes away: what is reserved is given back, what is allocated is freed. */
function remove(s: State): State {
  const delayed = s.delayed.filter((block) => block === 0);
  return {
    ...s,
    delayed,
    allocated: s.allocated.filter((block) => block === 0),
    reserved: s.reserved - (s.delayed.length - delayed.length),
    i_es_seq: s.i_es_seq + 1,
  };
}
