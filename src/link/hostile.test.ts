import fc from 'fast-check';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeLink, encodeLink } from './link.ts';
import { DEFAULT_VIEW, type DecodedLink, problemText } from './state.ts';
import { FIXTURE_PRESETS, V1_FIXTURES } from './v1.fixtures.ts';

const decode = (pasted: string): Promise<DecodedLink> => decodeLink(pasted, FIXTURE_PRESETS);
const blob = (text: string | Buffer): string => deflateRawSync(text).toString('base64url');
const problems = async (pasted: string): Promise<string[]> =>
  (await decode(pasted)).problems.map(problemText);

describe('one bad field does not lose the rest', () => {
  test.each([
    ['t=12.5', 't', 'is not a whole number of nanoseconds below 2^53'],
    ['t=99999999999999999999999999', 't', 'is not a whole number of nanoseconds below 2^53'],
    ['t=9007199254740993', 't', 'is not a whole number of nanoseconds below 2^53'],
    ['t=-1', 't', 'is not a whole number of nanoseconds below 2^53'],
    ['t=1e3', 't', 'is not a whole number of nanoseconds below 2^53'],
    ['e=<script>', 'e', 'is not the name of an event or object'],
    [`sel=${'a'.repeat(401)}`, 'sel', 'is not the name of an event or object'],
    ['r=5', 'r', 'is not two numbers around a ~'],
    ['r=9~5', 'r', 'ends before it starts'],
    ['r=1~2~3', 'r', 'is not two numbers around a ~'],
    ['w=NaN~Infinity', 'w', 'is not two numbers around a ~'],
    ['x=spiral', 'x', 'is not one of clock, folded, steps'],
    ['x=__proto__', 'x', 'is not one of clock, folded, steps'],
    ['follow=yes', 'follow', 'is neither 0 nor 1'],
    ['p=a~~b', 'p', 'has an entry that is not a short name'],
    [`p=${Array(100).fill('a').join('~')}`, 'p', 'has more than 64 entries'],
    ['title=.x4', 'title', 'is not a text as links write it'],
    [`title=${'a'.repeat(121)}`, 'title', 'is longer than 120 characters'],
    ['cpus=9999', 'cpus', 'is not in 1 to 256'],
    ['cpus=many', 'cpus', 'is not a number'],
    ['kernel=v9.9', 'kernel', 'Invalid type'],
    ['CALLER_FLAG=maybe', 'CALLER_FLAG', 'Invalid type'],
    ['NO_SUCH_SWITCH=1', 'NO_SUCH_SWITCH', ''],
    ['cost.syscall=-1', 'cost.syscall', 'is not in 0 to'],
    ['actors~7~iodepth=2', 'actors~7~iodepth', 'is no field of this scenario'],
    ['actors~length=2', 'actors~length', 'is no field of this scenario'],
    ['machine=null', 'machine', 'is not known and was left aside'],
    ['~machine=null', '~machine', ''],
    ['cpus=4%ZZ', 'cpus', 'has a broken percent code'],
    ['title=%C3%28', 'title', 'has a broken percent code'],
    ['constructor=1', 'constructor', 'is not known and was left aside'],
    ['__proto__=1', '__proto__', 'is not known and was left aside'],
    ['machine~__proto__~x=1', 'machine~__proto__~x', 'is not known and was left aside'],
    ['constructor~prototype~x=1', 'constructor~prototype~x', 'is not known and was left aside'],
  ])('%s', async (bad, field, message) => {
    const {
      state,
      problems: found,
      hasScenario,
    } = await decode(`v=1&s=read-v6.5&seed=7&${bad}&io=bio.1&flows=all`);
    expect(found).toHaveLength(1);
    expect(found[0]?.field).toBe(field);
    expect(found[0]?.message).toContain(message);
    expect(hasScenario).toBe(true);
    expect(state.scenario.preset).toBe('read-v6.5');
    expect(state.scenario.scenario.seed).toBe(7);
    expect(state.view).toEqual({ ...DEFAULT_VIEW, io: 'bio.1', flows: 'all' });
  });

  test('differences that only fail together are kept as far as they go', async () => {
    const { state, problems: found } = await decode('v=1&s=overwrite&cpus=1&seed=7&t=5');
    expect(found.map((p) => [p.field, p.instead])).toEqual([['cpus', 'the value of the preset']]);
    expect(found[0]?.message).toContain('machine.nvme.queues is above the number of CPUs, 1');
    expect(state.scenario.scenario).toMatchObject({ seed: 7, machine: { cpus: 2 } });
  });
});

describe('a scenario that cannot be read', () => {
  test.each([
    ['an unknown preset', 's=nope', 'is no preset of this version'],
    ['the preset __proto__', 's=__proto__', 'is no preset of this version'],
    ['a blob of nothing', 'z=', 'is not base64url'],
    ['a blob that is not base64url', 'z=a*b', 'is not base64url'],
    [
      'a blob that is not deflate',
      `z=${Buffer.from('hello, world').toString('base64url')}`,
      'does not unpack',
    ],
    [
      'a blob cut short',
      `z=${blob(JSON.stringify({ seed: 'x'.repeat(500) })).slice(0, 8)}`,
      'does not unpack',
    ],
    ['a blob of bad UTF-8', `z=${blob(Buffer.from([0xff, 0xfe, 0x80]))}`, 'does not unpack'],
    ['a blob that is no JSON', `z=${blob('{"seed":')}`, 'is no scenario'],
    ['a blob with another thing in it', `z=${blob('[1,2,3]')}`, 'is no scenario'],
    ['a blob with half a scenario', `z=${blob('{"seed":7}')}`, 'is no scenario'],
    ['a deflate bomb', `z=${blob('['.repeat(20_000_000))}`, 'unpacks to more than 65536 bytes'],
    ['a blob nested very deep', `z=${blob('{"seed":' + '['.repeat(32_000) + ']'.repeat(32_000) + '}')}`, ''],
  ])('%s: the first preset stands in', async (_, bad, message) => {
    const { state, problems: found, hasScenario } = await decode(`v=1&${bad}&t=5`);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]?.message).toContain(message);
    expect(found[0]?.instead).toBe('the preset overwrite');
    expect(hasScenario).toBe(false);
    expect(state.scenario.preset).toBe('overwrite');
    expect(state.view.cursor_ns).toBe(5);
  });

  test('a bomb beside a preset leaves the preset', async () => {
    const { state, problems: found } = await decode(
      `v=1&s=read-v6.5&z=${blob(Buffer.alloc(20_000_000))}&seed=7`,
    );
    expect(found.map((p) => [p.field, p.instead])).toEqual([
      ['z', 'the preset read-v6.5 without these differences'],
    ]);
    expect(state.scenario).toMatchObject({ preset: 'read-v6.5', scenario: { seed: 7 } });
  });

  test('a blob reaches no prototype', async () => {
    const nasty =
      '{"__proto__":{"x":1},"constructor~prototype~x":1,"~machine":{"__proto__":{"x":1},"cpus":2,"nvme":null}}';
    await decode(`v=1&z=${blob(nasty)}`);
    await decode(`v=1&s=overwrite&z=${blob(nasty)}`);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

describe('versions', () => {
  test('a newer link says so and shows what is understood', async () => {
    const { state } = await decode('v=2&s=read-v6.5&t=5&hologram=1');
    expect(await problems('v=2&s=read-v6.5&t=5&hologram=1')).toEqual([
      'This link comes from a newer bioscope (format 2; this one reads 1). What is understood of it is shown.',
      '“hologram” in the link is not known and was left aside.',
    ]);
    expect(state).toMatchObject({ scenario: { preset: 'read-v6.5' }, view: { cursor_ns: 5 } });
  });
  test.each(['v=0&t=5', 'v=&t=5', 'v=1.0&t=5', 'v=one&t=5', 'v=99999999999999999999&t=5'])(
    '%s is no format',
    async (text) => {
      expect(await problems(text)).toEqual([
        expect.stringContaining('is no link format; used instead: format 1.'),
      ]);
    },
  );
  test('a link without a version may have lost a part', async () => {
    expect(await problems('s=overwrite&t=5')).toEqual([
      'The link does not say its format (v=1); a part of it may be missing; used instead: format 1.',
    ]);
  });
  test.each(['', '#', '   ', 'https://example.org/bioscope/', 'https://example.org/#'])(
    '%j is no link, and no fault',
    async (text) => {
      expect(await decode(text)).toMatchObject({
        problems: [],
        hasScenario: false,
        state: { view: DEFAULT_VIEW },
      });
    },
  );
});

describe('very large input is quick and harmless', () => {
  const MILLIONS = 10_000_000;
  test.each([
    ['letters', 'x'.repeat(MILLIONS)],
    ['percent signs', '%'.repeat(MILLIONS)],
    ['hashes', '#'.repeat(MILLIONS)],
    ['brackets', `${'<'.repeat(MILLIONS)}#${'('.repeat(MILLIONS)}`],
    ['punctuation', `#v=1&t=5${'.'.repeat(MILLIONS)}`],
    ['blanks', ' '.repeat(MILLIONS)],
    ['separators', `#v=1&${'&'.repeat(MILLIONS)}`],
    ['many fields', `#v=1${'&t=1'.repeat(MILLIONS / 4)}`],
    ['many different fields', `#v=1${Array.from({ length: 500_000 }, (_, i) => `&a${i}=`).join('')}`],
    ['many differences', `#v=1${Array.from({ length: 500_000 }, (_, i) => `&a~${i}=${i}`).join('')}`],
    [
      'many bad switches',
      `#v=1&s=overwrite${Array.from({ length: 5000 }, (_, i) => `&A${i}=${i}`).join('')}`,
    ],
    ['a huge blob', `#v=1&t=5&z=${'A'.repeat(MILLIONS)}`],
    ['a blob of quotes', `#v=1&z=${blob('"' + '\\"'.repeat(32_000))}`],
    ['a huge number', `#v=1&t=${'9'.repeat(MILLIONS)}`],
    ['a huge title', `#v=1&title=${'-'.repeat(MILLIONS)}`],
    [
      'a blob of as many differences',
      `#v=1&s=overwrite&z=${blob(JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`A${i}`, i]))))}`,
    ],
  ])('%s', async (_, pasted) => {
    const started = performance.now();
    const { state, problems: found } = await decode(pasted);
    expect(performance.now() - started).toBeLessThan(2000); // 50 ms where nobody else wants the processor
    expect(found.length).toBeLessThanOrEqual(21);
    expect(found.map(problemText).join('\n').length).toBeLessThan(10_000);
    expect(state.scenario.scenario.version).toBe(1);
  });

  test('the fields before the limit count, the field that it cuts does not', async () => {
    const { state, problems: found } = await decode(`v=1&s=read-v6.5&t=5&title=${'9'.repeat(40_000)}`);
    expect(state).toMatchObject({ scenario: { preset: 'read-v6.5' }, view: { cursor_ns: 5, title: '' } });
    expect(found.map((p) => p.kind)).toEqual(['length']);
  });
});

test('any text at all opens to something that can be linked again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), broken()), async (pasted) => {
      const { state, problems: found } = await decode(pasted);
      expect(found.map(problemText).join('')).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      const again = await encodeLink(state, FIXTURE_PRESETS);
      expect(again.ok && (await decode(again.value)).state).toEqual(state);
    }),
    { numRuns: 1000 },
  );
});

/** A good link with a piece replaced, lost or put in. */
function broken(): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom('', '&', '=', '~', '%', '#', '.x', '&z=', '&s=', 'null', '-1'),
    fc.string({ maxLength: 3 }),
  );
  return fc
    .tuple(fc.constantFrom(...V1_FIXTURES), fc.nat(), fc.nat(8), piece)
    .map(([{ fragment }, at, lost, put]) => {
      const start = at % (fragment.length + 1);
      return fragment.slice(0, start) + put + fragment.slice(start + lost);
    });
}
