import type { Readable, Writable } from 'node:stream';
import { textLines } from '../analysis/text.ts';
import { encodeLink } from '../link/link.ts';
import { DEFAULT_VIEW } from '../link/state.ts';
import { linkSize } from '../link/size.ts';
import { PRESETS } from '../scenario/presets.ts';
import { parseCommand } from './args.ts';
import {
  type Command,
  type ConformCommand,
  EXIT,
  type ExitCode,
  type DelayCommand,
  type ExperimentCommand,
  type RunCommand,
} from './command.ts';
import { examineFile } from './conform.ts';
import { conformTrace } from './conform-trace.ts';
import { allAgree, conformJson, conformText, type LinkOf } from './conform-report.ts';
import { DELAY_SKIPPED, delayScenario, fitDelay } from '../experiment/delay.ts';
import { measureBatches } from '../run/batch.ts';
import { experiment } from './experiment.ts';
import { csvHeader, csvLine } from './format-csv.ts';
import { jsonText } from './format-json.ts';
import { endText, textReport } from './format-text.ts';
import { HELP, versionText } from './help.ts';
import { ioRows } from './io-rows.ts';
import { clean, columns, counted, type Line, lineText } from './lines.ts';
import { open, type Opened } from './open.ts';
import { Output } from './output.ts';
import { ProgressBar, ProgressLine } from './progress.ts';
import { isGrave, reportOf } from './report.ts';
import { simulate } from './simulate.ts';
import { delayText } from './text-delay.ts';
import { experimentCsv, experimentText } from './text-experiment.ts';
import { fioNoteLines } from './text-notes.ts';

/** A stream to a terminal says so. */
type Target = Writable & { readonly isTTY?: boolean };

/** What the command line needs of the process; tests hand in their own. */
export type Host = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Target;
  readonly stderr: Target;
  /** Milliseconds of a clock that only runs forwards. */
  readonly now: () => number;
  /** Processors that may be kept busy; with 1 no worker is started. */
  readonly threads: number;
};

/** Does what the arguments ask for and says how it went. */
export async function bioscope(host: Host): Promise<ExitCode> {
  const session = new Session(host);
  const command = parseCommand(host.argv);
  const status = command.ok ? await session.obey(command.value) : await session.refuse(command.error, true);
  await session.end();
  return status;
}

class Session {
  private readonly host: Host;
  private readonly out: Output;
  private readonly messages: Output;

  constructor(host: Host) {
    this.host = host;
    this.out = new Output(host.stdout);
    this.messages = new Output(host.stderr);
  }

  obey(command: Command): Promise<ExitCode> {
    switch (command.kind) {
      case 'help':
        return this.print(HELP);
      case 'version':
        return this.print(versionText());
      case 'presets':
        return this.print(command.format === 'json' ? jsonText(PRESETS) : presetList());
      case 'url':
        return this.url(command);
      case 'conform':
        return this.conform(command);
      case 'conform-trace':
        return conformTrace(command, {
          print: (text) => this.out.write(text),
          say: (sentence) => this.say(sentence),
        });
      case 'experiment':
        return this.experiment(command);
      case 'delay':
        return this.delay(command);
      case 'run':
        return this.run(command);
    }
  }

  /** Tells what is wrong with the arguments or the input. */
  async refuse(sentences: readonly string[], seeHelp = false): Promise<ExitCode> {
    for (const sentence of sentences) await this.say(sentence);
    if (seeHelp) await this.say('--help explains the arguments');
    return EXIT.badInput;
  }

  async end(): Promise<void> {
    await this.out.flush();
    await this.messages.flush();
  }

  private async url({ source, edits }: Extract<Command, { kind: 'url' }>): Promise<ExitCode> {
    const opened = await open(source, edits, this.host.stdin);
    if (!opened.ok) return this.refuse(opened.error);
    await this.sayOf(opened.value, true);
    const link = await linkOf(opened.value);
    if (link === null) return this.refuse(['the scenario is too large for a link; send it as a file']);
    const { level, message } = linkSize(link);
    if (level !== 'ok') await this.say(`the link ${message}`);
    return this.print(`${link}\n`);
  }

  private async run(command: RunCommand): Promise<ExitCode> {
    const opened = await open(command.source, command.edits, this.host.stdin);
    if (!opened.ok) return this.refuse(opened.error);
    // In the text the notes stand among the results, where they are read together.
    await this.sayOf(opened.value, command.format !== 'text');
    const { log, summary } = this.simulate(opened.value);
    if (summary.stop !== 'done') await this.say(endText(summary.stop));
    const { report, ios } = reportOf({
      opened: opened.value,
      log,
      summary,
      link: await linkOf(opened.value),
    });
    switch (command.format) {
      case 'json':
        await this.out.write(jsonText(report));
        break;
      case 'csv':
        await this.out.write(csvHeader());
        await this.each(ioRows(log, ios), csvLine);
        break;
      case 'text':
        if (command.events) await this.each(textLines(log), (text) => lineText({ text }, false));
        if (command.events) await this.out.write('\n');
        await this.each(textReport(report), (line) => this.lineOut(line));
        break;
    }
    const isHazard = report.findings.some((finding) => isGrave(finding, command.failOn));
    return isHazard ? EXIT.hazard : EXIT.clean;
  }

  private async conform(command: ConformCommand): Promise<ExitCode> {
    const { stdin, threads } = this.host;
    const bar = this.progressBar('rows');
    const tell = (done: number, total: number): void => bar.tell(done, total);
    const examined = await examineFile(command, { stdin, threads, tell });
    bar.end();
    if (!examined.ok) return this.refuse(examined.error);
    const { extra } = examined.value.table;
    if (extra.length > 0) await this.say(`columns that are passed over: ${extra.join(', ')}`);
    const link: LinkOf = async (scenario) => {
      const fragment = await linkOf({ scenario, preset: PRESETS[0].id, view: DEFAULT_VIEW });
      return fragment === null ? null : `${command.site}${fragment}`;
    };
    if (command.format === 'json') await this.out.write(jsonText(await conformJson(examined.value, link)));
    else for await (const line of conformText(examined.value, link)) await this.out.write(this.lineOut(line));
    return allAgree(examined.value) ? EXIT.clean : EXIT.hazard;
  }

  private async experiment(command: ExperimentCommand): Promise<ExitCode> {
    const bar = this.progressBar('simulations');
    const result = await experiment(command, this.host.threads, (done, total) => bar.tell(done, total));
    bar.end();
    if (!result.ok) return this.refuse(result.error);
    switch (command.format) {
      case 'json':
        return this.print(jsonText(result.value));
      case 'csv':
        await this.each(experimentCsv(result.value), (text) => text);
        break;
      case 'text':
        await this.each(experimentText(result.value), (line) => this.lineOut(line));
        break;
    }
    return EXIT.clean;
  }

  private async delay(command: DelayCommand): Promise<ExitCode> {
    const fit = fitDelay(command.options);
    let step = fit.next();
    while (step.done !== true) step = fit.next(measureBatches(delayScenario(step.value), DELAY_SKIPPED));
    if (command.format === 'json') return this.print(jsonText(step.value));
    await this.each(delayText(step.value), (line) => this.lineOut(line));
    return EXIT.clean;
  }

  /** Seen on a terminal only. */
  private progressBar(what: string): ProgressBar {
    const { stderr, now } = this.host;
    return new ProgressBar(now, what, (text) => {
      if (stderr.isTTY === true) stderr.write(text);
    });
  }

  private simulate({ scenario }: Opened): ReturnType<typeof simulate> {
    const { stderr, now } = this.host;
    if (stderr.isTTY !== true) return simulate(scenario, () => undefined);
    const line = new ProgressLine(now, (text) => void stderr.write(text));
    const result = simulate(scenario, (progress) => line.tell(progress));
    line.end();
    return result;
  }

  /** Writes as long as somebody reads. */
  private async each<T>(items: Iterable<T>, text: (item: T) => string): Promise<void> {
    for (const item of items) {
      await this.out.write(text(item));
      if (this.out.closed) return;
    }
  }

  private async print(text: string): Promise<ExitCode> {
    await this.out.write(text);
    return EXIT.clean;
  }

  private lineOut(line: Line): string {
    return lineText(line, hasColours(this.host.stdout, this.host.env));
  }

  private say(sentence: string): Promise<void> {
    return this.messages.write(`bioscope: ${clean(sentence)}\n`);
  }

  /** What a reader must know of the input before the results. */
  private async sayOf({ warnings, fio, input }: Opened, inFull: boolean): Promise<void> {
    for (const warning of warnings) await this.say(warning);
    if (fio === null) return;
    const notUsed = fio.notes.filter(({ kind }) => kind !== 'used');
    if (notUsed.length === 0) return;
    await this.say(
      `${input.name}: ${counted(notUsed.length, 'option')} of ${fio.notes.length} not used as written`,
    );
    if (!inFull) return;
    const colours = hasColours(this.host.stderr, this.host.env);
    for (const line of fioNoteLines(fio.notes)) await this.messages.write(lineText(line, colours));
  }
}

/** The fragment that shows the scenario, or null when it is too large for one. */
async function linkOf({
  scenario,
  preset,
  view,
}: Pick<Opened, 'scenario' | 'preset' | 'view'>): Promise<string | null> {
  const link = await encodeLink({ scenario: { preset, scenario }, view }, PRESETS);
  return link.ok ? `#${link.value}` : null;
}

function presetList(): string {
  return `${columns(
    PRESETS.map(({ id, title }) => [id, title]),
    2,
  ).join('\n')}\n`;
}

export function hasColours({ isTTY }: Target, env: Host['env']): boolean {
  return isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
