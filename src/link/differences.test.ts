import fc from 'fast-check';
import { expect, test } from 'vitest';
import { present } from '../base/assert.ts';
import {
  applied,
  differences,
  type Json,
  keyOfPath,
  pathOfKey,
  textOfValue,
  valueOfText,
} from './differences.ts';

const key = fc.constantFrom('a', 'b', 'a.b', 'x~y', 'ctxsw.bare', 'B_C', '0', 'ü');
const leaf = fc.oneof(
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string(),
);
const { tree } = fc.letrec<{ tree: Json; any: Json }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    leaf.map((v) => (Object.is(v, -0) ? 0 : v)),
    fc.array(tie('any'), { maxLength: 3 }),
    tie('tree'),
  ),
  tree: fc.dictionary(key, tie('any'), { maxKeys: 4, noNullPrototype: true }),
}));

test('the differences of two trees make one into the other', () => {
  fc.assert(
    fc.property(tree, tree, (base, target) => {
      let made: Json = base;
      for (const d of differences(base, target)) made = present(applied(made, d), 'the path exists');
      expect(made).toEqual(target);
    }),
  );
});

test('a tree does not differ from itself, and one changed field is one difference', () => {
  fc.assert(
    fc.property(tree, (t) => {
      expect(differences(t, structuredClone(t))).toEqual([]);
    }),
  );
  const base = { machine: { cpus: 2 }, actors: [{ iodepth: 1 }, { iodepth: 1 }] };
  const target = { machine: { cpus: 2 }, actors: [{ iodepth: 1 }, { iodepth: 8 }] };
  expect(differences(base, target)).toEqual([{ path: ['actors', '1', 'iodepth'], value: 8 }]);
});

test('a path comes back from its key', () => {
  const step = fc.oneof(key, fc.string({ minLength: 1, maxLength: 6 }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (path) => {
      const inherited = path.some((s) => s in Object.prototype);
      expect(pathOfKey(keyOfPath(path))).toEqual(inherited ? null : path);
    }),
  );
});

test.each([
  [['kernel', 'name'], 'kernel'],
  [['machine', 'nvme', 'poll_queues'], 'poll_queues'],
  [['kernel', 'switches', 'CALLER_FLAG'], 'CALLER_FLAG'],
  [['costs', 'ctxsw.bare'], 'cost.ctxsw.bare'],
  [['actors', '0', 'iodepth'], 'iodepth'],
  [['actors', '1', 'iodepth'], 'actors~1~iodepth'],
  [['title'], '~title'],
])('%j is called %s', (path, name) => {
  expect(keyOfPath(path)).toBe(name);
});

test('a value comes back from its text; structures have none', () => {
  fc.assert(
    fc.property(fc.oneof(leaf, fc.constantFrom('true', 'null', '12', '-1', '~', '', null)), (value) => {
      const text = textOfValue(value);
      if (text === null)
        expect(typeof value).toBe('number'); // 1e-7 and the like go into a blob
      else expect(valueOfText(text)).toEqual({ ok: true, value: Object.is(value, -0) ? 0 : value });
    }),
  );
  expect(textOfValue([1])).toBeNull();
  expect(textOfValue({})).toBeNull();
});
