/** `conform --trace FILE|FOLDER`: recordings of real kernels against the model, told as text or as JSON. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Divergence } from '../conform/trace/compare.ts';
import { DIFFERENCES } from '../conform/trace/differences.ts';
import { examineTrace, type RecordingError, type TraceVerdict } from '../conform/trace/examine.ts';
import { encodeLink } from '../link/link.ts';
import { DEFAULT_VIEW } from '../link/state.ts';
import { PRESETS } from '../scenario/presets.ts';
import type { Scenario } from '../scenario/schema.ts';
import { EXIT, type ExitCode, type TraceCommand } from './command.ts';
import { jsonText } from './format-json.ts';
import { clean, columns, counted } from './lines.ts';
import { readFileText } from './read-text.ts';

/** Where results and complaints go. */
export type TraceIo = {
  readonly print: (text: string) => Promise<void>;
  readonly say: (sentence: string) => Promise<void>;
};

type Row = { readonly file: string; readonly verdict: TraceVerdict };

/** Calls shown before and after a difference. */
const CONTEXT = 4;

/** Examines every recording: 0 when all that can be run agree, 1 on a difference, 2 when one cannot be read. */
export async function conformTrace({ paths, format, site }: TraceCommand, io: TraceIo): Promise<ExitCode> {
  const rows: Row[] = [];
  let unreadable = false;
  for (const file of await filesIn(paths, io)) {
    const row = file === null ? null : await examined(file, io);
    if (row === 'unreadable' || file === null) unreadable = true;
    else if (row !== null) rows.push(row);
    if (row !== null && row !== 'unreadable' && format === 'text') await io.print(await rowText(row, site));
  }
  const compared = rows.filter(({ verdict }) => verdict.kind !== 'outside');
  const agree = compared.filter(({ verdict }) => verdict.kind === 'agrees').length;
  if (format === 'json') await io.print(jsonText(await reportOf(rows, agree, compared.length, site)));
  else await io.print(endText(rows, agree, compared.length));
  if (unreadable) return EXIT.badInput;
  return agree === compared.length ? EXIT.clean : EXIT.hazard;
}

/** A file as it was named, or the `.txt` files of a folder and of those in it; null for what is not there. */
async function filesIn(
  paths: readonly string[],
  io: TraceIo,
): Promise<({ path: string; found: boolean } | null)[]> {
  const files: ({ path: string; found: boolean } | null)[] = [];
  for (const name of paths) {
    try {
      if (!(await stat(name)).isDirectory()) files.push({ path: name, found: false });
      else {
        const inside = await readdir(name, { recursive: true, withFileTypes: true });
        const texts = inside.filter((entry) => entry.isFile() && entry.name.endsWith('.txt'));
        const found = texts.map((entry) => path.join(entry.parentPath, entry.name)).sort();
        files.push(...found.map((file) => ({ path: file, found: true })));
      }
    } catch {
      await io.say(`${name} is not there, or may not be read by you`);
      files.push(null);
    }
  }
  return files;
}

/** Null for a text in a folder that is no recording: a list of symbols may lie beside them. */
async function examined(
  file: { readonly path: string; readonly found: boolean },
  io: TraceIo,
): Promise<Row | null | 'unreadable'> {
  const text = await readFileText(file.path);
  if (!text.ok) {
    await io.say(`${file.path} ${text.error.message}`);
    return 'unreadable';
  }
  const verdict = examineTrace(text.value);
  if (verdict.ok) return { file: file.path, verdict: verdict.value };
  if (file.found && verdict.error.kind === 'not-ftrace') return null;
  await io.say(`${file.path}:${verdict.error.line}: ${errorText(verdict.error)}`);
  return 'unreadable';
}

function errorText({ kind, text }: RecordingError): string {
  switch (kind) {
    case 'not-ftrace':
      return 'there is no line "# tracer: ": not text of ftrace';
    case 'not-a-record':
      return `neither a call nor an event: ${text}`;
    case 'lost-events':
      return `events were lost while recording: ${text}`;
    case 'head':
      return `the head does not say what was run: ${text}`;
  }
}

async function rowText({ file, verdict }: Row, site: string): Promise<string> {
  switch (verdict.kind) {
    case 'agrees':
      return `ok      ${clean(file)}  ${counted(verdict.calls, 'call')}\n`;
    case 'outside':
      return `-       ${clean(file)}  not compared: ${clean(verdict.reason)}\n`;
    case 'refused':
      return `DIFFERS ${clean(file)}  the scenario is refused: ${verdict.problems.map((p) => `${p.field} ${p.message}`).join('; ')}\n`;
    case 'diverges': {
      const { divergence, io, line, scenario } = verdict;
      const head = `DIFFERS ${clean(file)}  I/O ${io} (line ${line}), ${divergence.what}\n`;
      return `${head}${excerpt(divergence)}        scenario ${await linkOf(scenario, site)}\n`;
    }
  }
}

/** Both sides around the first difference, which is marked. */
function excerpt({ expected, got, at }: Divergence): string {
  const from = Math.max(0, at - CONTEXT);
  const to = Math.min(Math.max(expected.length, got.length), at + CONTEXT + 1);
  const rows = Array.from({ length: to - from }, (_, i): string[] => {
    const n = from + i;
    return [n === at ? '>' : '', String(n + 1), expected[n] ?? '(no more)', got[n] ?? '(no more)'];
  });
  return columns([['', 'call', 'recorded', 'modelled'], ...rows], 4)
    .map((line) => `        ${line}\n`)
    .join('');
}

async function linkOf(scenario: Scenario, site: string): Promise<string> {
  const state = { scenario: { preset: null, scenario }, view: DEFAULT_VIEW };
  const link = await encodeLink(state, PRESETS);
  return link.ok ? `${site}#${link.value}` : 'is too large for a link';
}

function endText(rows: readonly Row[], agree: number, compared: number): string {
  const count = (kind: TraceVerdict['kind']): number =>
    rows.filter(({ verdict }) => verdict.kind === kind).length;
  const used = usedDifferences(rows).map(({ id, recordings, reason }) => [id, `${recordings}`, reason]);
  const listed =
    used.length === 0
      ? ''
      : `\nLeft out of the comparison, in how many recordings, and why:\n${columns(used, 3)
          .map((l) => `  ${l}\n`)
          .join('')}`;
  return `${listed}\nNot compared: ${count('outside')} outside of the model\n${agree} of ${compared} recordings agree\n`;
}

function usedDifferences(rows: readonly Row[]) {
  return DIFFERENCES.map(({ id, reason }) => ({
    id,
    reason,
    recordings: rows.filter(({ verdict }) => 'differences' in verdict && verdict.differences.includes(id))
      .length,
  })).filter(({ recordings }) => recordings > 0);
}

async function reportOf(
  rows: readonly Row[],
  agree: number,
  compared: number,
  site: string,
): Promise<unknown> {
  const recordings = [];
  for (const { file, verdict } of rows) {
    const link = 'scenario' in verdict ? await linkOf(verdict.scenario, site) : null;
    recordings.push({ file, ...verdict, scenario: link });
  }
  return { recordings, agree, compared, differences: usedDifferences(rows) };
}
