import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Ended, ran } from './testing.ts';

const RECORDINGS = path.join(import.meta.dirname, '../../tables/recordings');
const GOOD = path.join(RECORDINGS, '6.12.107/01-xfs-iouring-dio-write.txt');
const folder = mkdtempSync(path.join(tmpdir(), 'bioscope-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file of the test's own folder. */
function file(name: string, text: string): string {
  const to = path.join(folder, name);
  mkdirSync(path.dirname(to), { recursive: true });
  writeFileSync(to, text);
  return to;
}

const traced = (paths: readonly string[], ...options: readonly string[]): Promise<Ended> =>
  ran(['conform', '--trace', ...paths, ...options]);

const good = readFileSync(GOOD, 'utf8');

describe('conform --trace', () => {
  test('a recording that agrees: status 0', async () => {
    const { status, out } = await traced([GOOD]);
    expect(status).toBe(0);
    expect(out).toMatch(/^ok +\S+01-xfs-iouring-dio-write\.txt {2}\d\d calls$/m);
    expect(out).toMatch(/^1 of 1 recordings agree$/m);
  });

  test('a call in another context: status 1, with both sides around the first difference', async () => {
    const other = good.replace(/kworker\/1:1-46( .*iomap_dio_complete <-)/, 'somebody-46     $1');
    const { status, out } = await traced([file('other.txt', other)]);
    expect(status).toBe(1);
    expect(out).toContain('I/O 1 (line 19), calls in kthread');
    expect(out).toMatch(/> +1 +iomap_dio_complete in kthread +\(no more\)$/m);
    expect(out).toMatch(/scenario #v=1&/);
    expect(out).toMatch(/^0 of 1 recordings agree$/m);
  });

  test('a folder: what lies in it, deep down, and no list of symbols', async () => {
    file('tree/6.12/a.txt', good);
    file('tree/6.12/00-kallsyms.txt', '# kernel: 6.12\nT bio_endio\n');
    file('tree/b.txt', good.replaceAll(' direct ', ' '));
    const { status, out } = await traced([path.join(folder, 'tree')]);
    expect(status).toBe(0);
    expect(out).toMatch(/b\.txt {2}not compared: nothing of it is written back$/m);
    expect(out).toMatch(/^Not compared: 1 outside of the model\n1 of 1 recordings agree$/m);
  });

  test.each([
    ['torn.txt', `${good}\ntorn off in the mid`, /torn\.txt:\d+: neither a call nor an event: torn off/],
    ['headless.txt', good.replace(/^# tool: .*\n/m, ''), /headless\.txt:1: .*no line "# tool: "/],
    ['table.csv', 'a,b\n1,2\n', /table\.csv:1: there is no line "# tracer: "/],
  ])('what cannot be read, %s: status 2 and its line', async (name, text, message) => {
    const { status, err } = await traced([file(name, text)]);
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });

  test('a file that is not there: status 2, and the others are compared all the same', async () => {
    const { status, err, out } = await traced([path.join(folder, 'none.txt'), GOOD]);
    expect(status).toBe(2);
    expect(err).toMatch(/none\.txt is not there/);
    expect(out).toMatch(/^1 of 1 recordings agree$/m);
  });

  test('as JSON', async () => {
    const { out } = await traced([GOOD], '--format', 'json');
    expect(JSON.parse(out)).toMatchObject({
      agree: 1,
      compared: 1,
      recordings: [{ kind: 'agrees', ios: 1 }],
    });
  });
});
