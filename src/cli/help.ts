import { SEVERITIES } from '../analysis/monitor.ts';
import { DELAY_DEFAULTS, DELAY_HZ, DELAY_IOS } from '../experiment/delay.ts';
import { BOUNDS, DEFAULTS } from '../experiment/plan.ts';
import { KERNEL_NAMES } from '../kernel/kernels.ts';
import { SWITCH_IDS, SWITCHES } from '../kernel/switches.ts';
import { MODEL_VERSION } from '../run/model-version.ts';
import { LIMITS } from '../scenario/limits.ts';
import packageJson from '../../package.json' with { type: 'json' };

export const versionText = (): string => `bioscope ${packageJson.version}, model ${MODEL_VERSION}\n`;

const switchList = SWITCH_IDS.map((id) => `    ${id.padEnd(23)}${SWITCHES[id].values.join(' | ')}`).join(
  '\n',
);

const isRelease = (name: string): boolean => /^\d/.test(name);
const kernelList = [KERNEL_NAMES.filter((name) => !isRelease(name)), KERNEL_NAMES.filter(isRelease)]
  .flatMap((names) => filled(names.join(', '), 110))
  .map((line) => `    ${line}`)
  .join('\n');

/** A text in lines of at most `width` characters. */
function filled(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1] ?? '';
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

export const HELP = `bioscope shows how Linux completes block I/O: it simulates a scenario and tells, for each I/O, where and how the
kernel finished it.

Usage
  bioscope run INPUT [options]        simulate, and print what happened
  bioscope run [options] -- fio ...   the same for a fio command (-- may be left out before the word fio)
  bioscope url INPUT [options]        print the link that shows the scenario in the page
  bioscope presets [--format json]    list the presets
  bioscope conform TABLE.csv          examine the model with a table of what the kernel does
  bioscope conform --trace PATH ...   examine it with recordings of real kernels, files or folders
  bioscope experiment caller-comp     simulate the published fio table of caller completion
  bioscope experiment in-task-delay   simulate the published figures of the delay before a batch of bios

INPUT is told apart by its content
  JOB.fio          a fio job file
  SCENARIO.json    a scenario, as the page saves it
  LINK             a whole address or its fragment; quote it, because & means something to a shell
  PRESET-ID        one of "bioscope presets" (a file of that name: ./PRESET-ID)
  -                standard input, with any of these

Options, all before a fio command
  --set NAME=VALUE     flip a switch, or set a field of the scenario by its path; repeatable, the last one counts.
                       An empty value restores the default. machine.cpus=4, actors.0.iodepth=8, CALLER_FLAG=none
  --kernel NAME        a revision or a release, see below; takes back the flips of the input
  --seed N             seed of all random choices
  --ios N              I/Os that each job does (1 to ${LIMITS.ios})
  --limit-events N     stop after so many events of the log (1000 to ${LIMITS.events})
  --format FORMAT      text (default), json (one object), csv (a line for each I/O)
  --events             before the text, print every event as a line in the layout of ftrace
  --fail-on SEVERITY   exit with 1 for a finding of this severity or graver: ${SEVERITIES.join(', ')} (default error)
  --help, -h           this text
  --version            version of the package and of the model

Options of conform, which runs each row of a decision table (or of a table of recordings) and compares
  --row ID             only the row with this row_id or recording
  --format FORMAT      text (default), json (one object)
  --site ADDRESS       what the links to the scenarios begin with: the address of the page
                       In a table of recordings an empty cell is not compared, and what a recording cannot tell apart
                       counts as equal: fua stripped and no; req_polled stripped and never.
  --trace              the inputs are text of ftrace (function or function_graph), whose head says what was run. The
                       model runs the same; functions that both know must be called in that order and context.

Options of experiment in-task-delay
  --hz N               ticks a second: ${DELAY_HZ.join(', ')} (default ${DELAY_DEFAULTS.hz}; the mail does not say)
  --ios N              writes of each simulation (${DELAY_IOS.join(' to ')}, default ${DELAY_DEFAULTS.ios})
  --format FORMAT      text (default), json

Options of experiment caller-comp
  --cv LIST            coefficients of variation of the device: 0,0.25,0.5 or from:to:step (default 0:1:0.25)
  --seeds N            seeds 1 to N for each row (default ${DEFAULTS.seeds})
  --ios N              I/Os of each simulation (${BOUNDS.ios.join(' to ')}, default ${DEFAULTS.ios})
  --shard I/N          only part I of N, printed as JSON; parts are coefficients of variation
  --merge FILE...      put the JSON of all parts together: the same result as without --shard
  --format FORMAT      text (default), json, csv (a line for each row and coefficient of variation)

Kernels
${kernelList}

Switches, with their values
${switchList}

Results go to standard output, messages to standard error. The same input gives the same bytes. NO_COLOR is heeded.

Exit status
  0   clean
  1   a monitor found a hazard (see --fail-on); conform: a row or a recording disagrees
  2   the arguments or the input are wrong
  70  bioscope itself failed

Examples
  bioscope run -- fio --name=x --rw=randwrite --direct=1 --ioengine=io_uring --iodepth=4 --size=1g
  bioscope run job.fio --kernel v6.6-rc --format json
  bioscope run overwrite-workqueue --set ISSUER_REQUESTS=true --events
  bioscope conform tables/dio-decision-table.csv --row d160
  bioscope conform --trace tables/recordings
  bioscope url job.fio --set machine.rq_affinity=2
  bioscope experiment caller-comp --cv 0:1:0.1 --shard 2/4 > part2.json
`;
