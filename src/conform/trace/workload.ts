/** What the head of a recording says: kernel, filesystem, device, and the tool with its options. */
import { err, ok, type Result } from '../../base/result.ts';

export type Workload = {
  /** Release, "6.12.107", and the flavour that follows it: "+deb13-cloud-amd64". */
  readonly release: string;
  readonly flavour: string;
  readonly preempt: string;
  /** The whole line: the kind comes first, then what it is on and how its file was made. */
  readonly filesystem: string;
  readonly device: Device;
  readonly workload: string;
  /** Options of the tool: `o_dsync` is true, `len=4096` is "4096". */
  readonly options: ReadonlyMap<string, string>;
};

export type Device = {
  readonly name: string;
  readonly writeCache: string;
  readonly fua: boolean;
  readonly pollQueues: number;
  readonly rqAffinity: number;
  /** The whole line, for what only some devices have. */
  readonly text: string;
};

/** A line of the head that is missing or not as it should be. */
export type HeadError = { readonly kind: 'head'; readonly line: number; readonly text: string };

/** Reads the head lines, given without their "# ". */
export function workloadOf(head: readonly string[]): Result<Workload, HeadError> {
  const fields = new Map<string, string>();
  for (const line of head) {
    const g = /^(?<key>[a-z]+): (?<value>.*)$/.exec(line)?.groups;
    const key = g?.['key'] ?? '';
    if (key !== '' && !fields.has(key)) fields.set(key, g?.['value'] ?? '');
  }
  const missing = ['kernel', 'filesystem', 'device', 'workload', 'tool'].find((key) => !fields.has(key));
  if (missing !== undefined) return err({ kind: 'head', line: 1, text: `there is no line "# ${missing}: "` });
  const text = (key: string): string => fields.get(key) ?? '';
  const kernel = /^(?<release>\d+\.\d+(?:\.\d+)?)(?<flavour>\S*)/.exec(text('kernel'))?.groups;
  const device = deviceOf(text('device'));
  const tool = /^wl (?<options>.*?)(?: =>.*)?$/.exec(text('tool'))?.groups;
  if (kernel === undefined) return err(wrong(head, 'kernel', text('kernel')));
  if (device === null) return err(wrong(head, 'device', text('device')));
  if (tool === undefined) return err(wrong(head, 'tool', text('tool')));
  return ok({
    // a distribution's "6.1.0" may be any of its updates, which stands in its version
    release: /\bDebian (\d+\.\d+\.\d+)/.exec(text('kernel'))?.[1] ?? kernel['release'] ?? '',
    flavour: kernel['flavour'] ?? '',
    preempt: /\bpreempt=(\w+)/.exec(text('kernel'))?.[1] ?? '',
    filesystem: text('filesystem'),
    device,
    workload: text('workload'),
    options: optionsOf(tool['options'] ?? ''),
  });
}

function wrong(head: readonly string[], key: string, value: string): HeadError {
  const line = head.findIndex((text) => text.startsWith(`${key}: `)) + 1;
  return { kind: 'head', line, text: `${key}: ${value}` };
}

function deviceOf(text: string): Device | null {
  const g =
    /^(?<name>\w+) write_cache=(?<cache>write \w+) fua=(?<fua>[01]) io_poll=[01] nvme\.poll_queues=(?<poll>\d+) rq_affinity=(?<affinity>\d)/.exec(
      text,
    )?.groups;
  if (g === undefined) return null;
  return {
    name: g['name'] ?? '',
    writeCache: g['cache'] ?? '',
    fua: g['fua'] === '1',
    pollQueues: Number(g['poll']),
    rqAffinity: Number(g['affinity']),
    text,
  };
}

/** An option that is given twice counts as given last. */
function optionsOf(text: string): Map<string, string> {
  return new Map(
    text
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word): [string, string] => {
        const [name = '', ...value] = word.split('=');
        return [name, value.length === 0 ? 'true' : value.join('=')];
      }),
  );
}
