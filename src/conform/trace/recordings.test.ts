/** The exam by order: every recording that lies in tables/recordings, and beside the project if it does. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseFtrace } from '../../trace/ftrace.ts';
import { DIFFERENCES } from './differences.ts';
import { examineTrace, type TraceVerdict } from './examine.ts';
import { isTraced, TRACED, TRACED_KERNELS } from './traced.ts';

/** Our own recordings, copied into the project. */
const OWN = path.join(import.meta.dirname, '../../../tables/recordings');
/** All of them; a clone does not have them. */
const SHARED = path.join(import.meta.dirname, '../../../../shared/traces/kernel');

/** "kernel/file" of every recording below a folder; none if there is no such folder. */
function recordingsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt') && !path.basename(name).startsWith('00-'))
    .sort();
}

const textOf = (folder: string, name: string): string => readFileSync(path.join(folder, name), 'utf8');

function verdictOf(folder: string, name: string): TraceVerdict {
  const verdict = examineTrace(textOf(folder, name));
  if (!verdict.ok) throw new Error(`${name}:${verdict.error.line}: ${verdict.error.kind}`);
  return verdict.value;
}

describe('the model calls the functions of a real kernel in its order and contexts', () => {
  test.each(recordingsIn(OWN))('%s', (name) => {
    const verdict = verdictOf(OWN, name);
    expect(verdict).toMatchObject({ kind: 'agrees' });
    // a comparison of nothing would agree, too
    expect(verdict.kind === 'agrees' ? verdict.calls / verdict.ios : 0).toBeGreaterThanOrEqual(15);
  });

  test('and in all recordings, where they lie beside the project', ({ annotate }) => {
    const names = recordingsIn(SHARED);
    if (names.length === 0)
      return annotate('no ../shared/traces/kernel here: only the project’s own were compared');
    const kinds = new Map(names.map((name) => [name, verdictOf(SHARED, name).kind]));
    const of = (kind: string) => names.filter((name) => kinds.get(name) === kind);
    expect(names.filter((name) => !['agrees', 'outside'].includes(kinds.get(name) ?? ''))).toEqual([]);
    expect(of('agrees').length).toBeGreaterThanOrEqual(635);
    expect(of('outside').length).toBeLessThanOrEqual(109); // what is not modelled becomes less, not more
    return undefined;
  });
});

test('every difference that is allowed for is met in some recording', () => {
  const used = recordingsIn(OWN).flatMap((name) => {
    const verdict = verdictOf(OWN, name);
    return 'differences' in verdict ? verdict.differences : [];
  });
  expect(DIFFERENCES.map(({ id }) => id).filter((id) => !used.includes(id))).toEqual([]);
});

describe('what the recordings could see', () => {
  test('is what some recording of a kernel shows', () => {
    for (const folder of [OWN, SHARED]) {
      for (const name of recordingsIn(folder)) {
        const [kernel = ''] = name.split(path.sep);
        const parsed = parseFtrace(textOf(folder, name));
        if (!parsed.ok || parsed.value.tracer !== 'function' || !isColumn(kernel)) continue;
        const calls = parsed.value.records.flatMap(({ what }) => (what.kind === 'call' ? [what.name] : []));
        expect(calls.filter((call) => !isTraced(call, kernel)).map((call) => `${call} in ${name}`)).toEqual(
          [],
        );
      }
    }
  });

  test('has a column a kernel, and something in each line', () => {
    for (const [name, seen] of Object.entries(TRACED))
      expect(`${name} ${seen}`).toMatch(/^\w+ (?=.*x)[x.]{7}$/);
    expect(TRACED_KERNELS).toHaveLength(7);
  });

  test('of a kernel without a column is what both of its neighbours show', () => {
    expect(isTraced('iomap_dio_hole_iter', '6.18.15')).toBe(true); // in 6.17.13 and 6.19.14
    expect(isTraced('io_cqring_wait', '6.6.1')).toBe(false); // in 6.12.107, not in 6.1.192
    expect(isTraced('bio_endio', '7.4')).toBe(true); // after the last there is only the last
    expect(isTraced('bio_endio', '5.10')).toBe(true);
    expect(isTraced('no_such_function', '7.3.4')).toBe(false);
  });
});

const isColumn = (kernel: string): boolean => (TRACED_KERNELS as readonly string[]).includes(kernel);
