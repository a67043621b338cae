import { err, ok, type Result } from '../../base/result.ts';
import { LIMITS } from '../limits.ts';
import { parseScenario } from '../parse.ts';
import type { Scenario } from '../schema.ts';
import { fioWord, readCommandLine } from './command-line.ts';
import { type FioProblem, type FioText, inTextOrder, LINE_END } from './fio-text.ts';
import { readJobFile } from './job-file.ts';
import { type FioJob, readJobs } from './jobs.ts';
import type { FioNote, Notes } from './notes.ts';
import { type FioJobSummary, planScenario, type Simulated } from './plan.ts';
import { splitShell } from './shell-words.ts';
import { type Refusal, type Workload, workloadOf } from './workload.ts';

/**
 * Makes a scenario of a fio job file or command line. What cannot be simulated is said in `notes`, option by option; only
 * what makes the text senseless, or leaves nothing to simulate, is an error.
 */
export type FioImport = {
  readonly scenario: Scenario;
  /** Every option of the text, in its order. */
  readonly notes: readonly FioNote[];
  readonly jobs: readonly FioJobSummary[];
  readonly simulated: Simulated;
  readonly assumptions: readonly string[];
};

export type FioOptions = {
  /** CPUs of the machine; without it there are as many as the jobs need. */
  readonly ncpus?: number;
  /** I/Os that each job does in the simulation; without it a number is chosen. */
  readonly ios?: number;
};

/** Whether a pasted text is meant for `importFio`. */
export function looksLikeFio(text: string): boolean {
  return formOf(text) !== null;
}

/** Reads a job file or a command line; it finds out by itself which of the two it is. */
export function importFio(text: string, options: FioOptions = {}): Result<FioImport, readonly FioProblem[]> {
  const survey = surveyFio(text, options);
  if (survey.problems.length > 0) return err(survey.problems);
  const { notes, workloads, refusals } = survey;
  if (workloads.length === 0) return err(problemsOf(refusals));
  const plan = planScenario(workloads, notes, { ncpus: survey.ncpus, ios: survey.ios });
  if (plan.problems.length > 0) return err(plan.problems);
  const scenario = parseScenario(plan.scenario);
  if (!scenario.ok)
    return err(
      scenario.error.map((problem) => ({ ...AT_START, message: problem.message, text: problem.field })),
    );
  const jobs = [...plan.summaries, ...refusals.map(summaryOf)].sort(inTextOrder);
  const { simulated, assumptions } = plan;
  return ok({ scenario: scenario.value, notes: notes.list(), jobs, simulated, assumptions });
}

/** What the text says, before it becomes a scenario: here notes exist even where nothing can be simulated. */
export type FioSurvey = {
  readonly notes: Notes;
  readonly problems: readonly FioProblem[];
  readonly workloads: readonly Workload[];
  readonly refusals: readonly Refusal[];
  readonly ncpus: number | null;
  readonly ios: number | null;
};

/** The first half of the import: read, classify, and part the jobs that can be simulated from those that cannot. */
export function surveyFio(text: string, options: FioOptions = {}): FioSurvey {
  const ncpus = within(options.ncpus, LIMITS.cpus);
  const ios = within(options.ios, LIMITS.ios);
  const { jobs, notes, problems } = readJobs(readText(text), ncpus);
  const limited = jobs.length > LIMITS.jobs ? [tooManyJobs(jobs)] : [];
  const nothing = jobs.length === 0 && problems.length === 0 ? [NO_JOB] : [];
  const all = [...problems, ...limited, ...nothing].sort(inTextOrder).slice(0, MOST_PROBLEMS).map(shortened);
  const outcomes = jobs.slice(0, LIMITS.jobs).map((job) => workloadOf(job, notes));
  const refusals = outcomes.filter(isRefusal);
  const workloads = outcomes.filter((outcome): outcome is Workload => !isRefusal(outcome));
  for (const refusal of refusals) sayRefused(refusal, notes);
  return { notes, problems: all, workloads, refusals, ncpus, ios };
}

function shortened(problem: FioProblem): FioProblem {
  return problem.text.length > 80 ? { ...problem, text: `${problem.text.slice(0, 77)}...` } : problem;
}

function isRefusal(outcome: Workload | Refusal): outcome is Refusal {
  return 'reason' in outcome;
}

/** Nobody reads more, and a hostile text could make a million. */
const MOST_PROBLEMS = 100;
const AT_START = { line: 1, column: 1 } as const;
const NO_JOB: FioProblem = {
  ...AT_START,
  message: 'there is no job: a section such as [job], or --name=job, starts one',
  text: '',
};
const NOT_FIO = 'is neither a fio job file (its first line would be a [section]) nor a fio command line';

function readText(text: string): FioText {
  if (text.length > LIMITS.text_chars)
    return unreadable(`is longer than ${LIMITS.text_chars} characters`, text);
  switch (formOf(text)) {
    case 'job file':
      return readJobFile(text);
    case 'command line':
      return readCommandLine(text);
    case null:
      return unreadable(NOT_FIO, text);
  }
}

function unreadable(message: string, text: string): FioText {
  const problem = { ...AT_START, message: `the text ${message}`, text: text.trim().slice(0, 60) };
  return { form: 'job file', sections: [], problems: [problem], variables: new Map() };
}

/** A line such as `[job]`, but not the start of a JSON array. */
function isSection(line: string): boolean {
  const content = line.replace(/[;#].*$/, '').trim();
  if (!content.startsWith('[')) return false;
  const inner = content.slice(1).trimStart();
  const closed = content.indexOf(']') === content.length - 1 || !content.includes(']');
  return closed && !/^(?:[{"[]|[-\d.\s]+,|$)/.test(inner);
}

/** A job file starts with a section; a command has the word fio where a command may be, or starts with an option. */
function formOf(text: string): FioText['form'] | null {
  if (text.length > LIMITS.text_chars) return null;
  const lines = text.split(LINE_END);
  const first = lines.find((line) => /^\s*[^\s;#]/.test(line)) ?? '';
  if (isSection(first)) return 'job file';
  if (isCommand(text)) return 'command line';
  return lines.some(isSection) ? 'job file' : null;
}

function isCommand(text: string): boolean {
  const { words } = splitShell(text);
  return (
    fioWord(words) !== null || /^--name(?:=|$)/.test(words.find(({ operator }) => !operator)?.text ?? '')
  );
}

function within(value: number | undefined, high: number): number | null {
  return value === undefined || !Number.isFinite(value)
    ? null
    : Math.max(1, Math.min(high, Math.trunc(value)));
}

function tooManyJobs(jobs: readonly FioJob[]): FioProblem {
  const job = jobs[LIMITS.jobs];
  return {
    ...(job?.at ?? AT_START),
    message: `there are ${jobs.length} jobs, and the limit is ${LIMITS.jobs}`,
    text: job?.name ?? '',
  };
}

function sayRefused({ job, reason, entry }: Refusal, notes: Notes): void {
  const remark = {
    kind: 'refused',
    job: job.name,
    message: `job ${job.name} is left out: ${reason}`,
  } as const;
  if (entry === null) notes.missing('ioengine', job.at, remark);
  else notes.say(entry, remark);
}

/** Why nothing is left, once for each reason. */
function problemsOf(refusals: readonly Refusal[]): FioProblem[] {
  const byReason = new Map<string, Refusal[]>();
  for (const refusal of refusals)
    byReason.set(refusal.reason, [...(byReason.get(refusal.reason) ?? []), refusal]);
  return [...byReason].map(([reason, same]) => {
    const [first] = same;
    const names = same.map(({ job }) => job.name);
    const jobs = `${names.length > 1 ? 'jobs' : 'job'} ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''}`;
    const at = first?.entry?.at ?? first?.job.at ?? AT_START;
    return {
      ...at,
      message: `nothing is left to simulate: ${jobs}: ${reason}`,
      text: first?.entry?.value ?? '',
    };
  });
}

function summaryOf({ job, reason }: Refusal): FioJobSummary {
  return { name: job.name, ...job.at, clones: job.settings.numjobs?.value ?? 1, what: reason, ios: 0 };
}
