import type { Readable } from 'node:stream';
import { assert } from '../base/assert.ts';
import { err, ok, type Result } from '../base/result.ts';
import { decodeLink } from '../link/link.ts';
import { DEFAULT_VIEW, type LinkProblem, type LinkView, problemText } from '../link/state.ts';
import { textKind, type TextKind } from '../link/text-kind.ts';
import { VIEW_KEYS } from '../link/view.ts';
import { type FioImport, importFio } from '../scenario/fio/import-fio.ts';
import { parseScenario } from '../scenario/parse.ts';
import { presetById, PRESETS } from '../scenario/presets.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Edits, Source } from './command.ts';
import { jsonFault } from './json-place.ts';
import { didYouMean } from '../scenario/nearest.ts';
import { fioSentences, scenarioSentences } from '../scenario/problems.ts';
import { readFileText, readText } from './read-text.ts';
import { edited } from './settings.ts';

/** A scenario, ready to run, with what is known of where it came from. */
export type Opened = {
  readonly scenario: Scenario;
  readonly input: { readonly kind: TextKind; readonly name: string };
  /** The preset that the link tells its differences from. */
  readonly preset: string | null;
  /** Where the sender of a link was looking. */
  readonly view: LinkView;
  readonly fio: FioImport | null;
  /** What could not be used and does not change the run. */
  readonly warnings: readonly string[];
};
type Opening = Promise<Result<Opened, readonly string[]>>;

/** Opens what the arguments name and applies the options. The errors are sentences. */
export async function open(source: Source, edits: Edits, stdin: Readable): Opening {
  const opened = await fromSource(source, edits, stdin);
  if (!opened.ok) return opened;
  // The import has heeded --ios already, and knows how many I/Os the job really does.
  const rest = opened.value.fio === null ? edits : { ...edits, ios: null };
  const scenario = edited(opened.value.scenario, rest);
  return scenario.ok ? ok({ ...opened.value, scenario: scenario.value }) : scenario;
}

async function fromSource(source: Source, edits: Edits, stdin: Readable): Opening {
  switch (source.kind) {
    case 'stdin': {
      const text = await readText(stdin);
      return text.ok
        ? fromText(text.value, 'standard input', edits)
        : err([`standard input ${text.error.message}`]);
    }
    case 'fio':
      return Promise.resolve(fromFio(commandText(source.words), 'command line', edits));
    case 'argument':
      return fromArgument(source.text, edits);
  }
}

/** A link or a preset is known by its form, whatever files there are; `./name` is always a file. */
async function fromArgument(argument: string, edits: Edits): Opening {
  const kind = textKind(argument);
  if (kind === 'link') return fromLink(argument, 'link');
  if (kind === 'preset') return fromPreset(argument.trim());
  const file = await readFileText(argument);
  if (file.ok) return fromText(file.value, argument, edits);
  if (file.error.kind !== 'absent') return err([`${argument} ${file.error.message}`]);
  if (kind !== null) return fromText(argument, 'argument', edits);
  const ids = PRESETS.map(({ id }) => id);
  return err([`there is no file and no preset “${shortened(argument)}”${didYouMean(argument, ids)}`]);
}

function fromText(text: string, name: string, edits: Edits): Opening {
  switch (textKind(text)) {
    case 'link':
      return fromLink(text, name);
    case 'preset':
      return Promise.resolve(fromPreset(text.trim()));
    case 'scenario':
      return Promise.resolve(fromJson(text, name));
    case 'fio':
      return Promise.resolve(fromFio(text, name, edits));
    case null:
      return Promise.resolve(
        err([
          `${name} is none of: a fio job file (begins with a [section]), a fio command line, a scenario (JSON), ` +
            'a link, the id of a preset',
        ]),
      );
  }
}

function fromPreset(id: string): Result<Opened, never> {
  const preset = presetById(id);
  assert(preset !== null, `${id} was told to be a preset`);
  const parsed = parseScenario(preset.scenario);
  assert(parsed.ok, `the preset ${id} is a valid scenario`);
  return ok({ ...PLAIN, scenario: parsed.value, input: { kind: 'preset', name: id }, preset: id });
}

function fromJson(text: string, name: string): Result<Opened, readonly string[]> {
  const fault = jsonFault(text);
  if (fault !== null) return err([`${name}:${fault.line}:${fault.column}: is no JSON: ${fault.message}`]);
  const parsed = parseScenario(JSON.parse(text));
  if (!parsed.ok) return err(scenarioSentences(parsed.error).map((sentence) => `${name}: ${sentence}`));
  return ok({ ...PLAIN, scenario: parsed.value, input: { kind: 'scenario', name } });
}

function fromFio(text: string, name: string, { ios }: Edits): Result<Opened, readonly string[]> {
  const imported = importFio(text, ios === null ? {} : { ios });
  if (!imported.ok) return err(fioSentences(name, imported.error));
  const { scenario } = imported.value;
  return ok({ ...PLAIN, scenario, input: { kind: 'fio', name }, fio: imported.value });
}

/** Unlike the page, which shows what it can, this refuses a link whose scenario is not understood in full: a script
 *  must not take another run for the one it asked for. */
async function fromLink(text: string, name: string): Opening {
  const { state, problems, hasScenario } = await decodeLink(text, PRESETS);
  const grave = problems.filter((problem) => !concernsView(problem));
  if (grave.length > 0) return err(grave.map(sentence));
  if (!hasScenario) return err([`${name} names no scenario`]);
  const { preset, scenario } = state.scenario;
  const warnings = problems.map(problemText);
  return ok({ ...PLAIN, scenario, input: { kind: 'link', name }, preset, view: state.view, warnings });
}

/** The problem without what the page would use instead. */
const sentence = (problem: LinkProblem): string => problemText({ ...problem, instead: '' });
const concernsView = ({ kind, field }: LinkProblem): boolean => kind === 'field' && VIEW_KEYS.has(field);

const PLAIN = { preset: null, view: DEFAULT_VIEW, fio: null, warnings: [] } as const;

/** The words of a command as a text that splits into them again. The word fio may be missing. */
export function commandText(words: readonly string[]): string {
  const text = words.map(quoted).join(' ');
  return text.startsWith('-') ? `fio ${text}` : text;
}

const quoted = (word: string): string =>
  /^[\w./:=,+@%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
