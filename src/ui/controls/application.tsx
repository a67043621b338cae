import { useState, type ReactNode } from 'react';
import { type FioActor, fioActorSchema, jobCallSchema } from '../../scenario/schema-job.ts';
import { bytes } from '../format.ts';
import { useApp } from '../page.tsx';
import { Field, Fields } from './fields.tsx';
import { Switch, SwitchesOf } from './kernel.tsx';
import { List } from './list.tsx';
import { Section } from './section.tsx';

const AMOUNT = ['iodepth', 'ios'] as const;
/** What only a job through the page cache has. */
const BUFFERED = ['dontcache', 'fsync', 'end_fsync'] as const;
const RING = ['taskrun', 'sqthread_poll', 'busy_poll_cq'] as const;
const RING_THREAD = ['sqthread_poll_cpu', 'sq_thread_idle_ms'] as const;
const MORE = [
  'sync_every',
  'rwmixread',
  'iodepth_batch_submit',
  'iodepth_batch_complete_min',
  'offset_bytes',
  'norandommap',
  'thinktime_ns',
  'rate_iops',
  'start_delay_ns',
  'stonewall',
] as const;

/** What the application asks for: the jobs, one at a time, and what their side of the kernel does about it. */
export function Application(): ReactNode {
  const actors = useApp((s) => s.version.scenario.actors);
  const [wanted, setWanted] = useState(0);
  const job = Math.min(wanted, actors.length - 1);
  const actor = actors[job];
  if (actor === undefined) return null;
  const hasRing = actor.ioengine === 'io_uring';
  const path = ['actors', job];
  return (
    <Section title="Application" open>
      {actors.length > 1 && (
        <label className="field field-choice">
          <span>Job</span>
          <select value={job} onChange={(event) => setWanted(Number(event.target.value))}>
            {actors.map(({ name }, i) => (
              <option key={i} value={i}>
                {i + 1} of {actors.length}: {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <Fields schema={fioActorSchema} path={path} names={['rw', 'direct']} />
      {!actor.direct && <Fields schema={fioActorSchema} path={path} names={BUFFERED} />}
      <Fields schema={fioActorSchema} path={path} names={['ioengine', 'hipri', 'sync']} />
      {hasRing && <Fields schema={fioActorSchema} path={path} names={RING} />}
      {hasRing && actor.sqthread_poll && (
        <Fields schema={fioActorSchema} path={path} names={RING_THREAD} absent="any" />
      )}
      <Fields schema={fioActorSchema} path={path} names={AMOUNT} />
      <BlockSizes job={job} />
      {actor.direct ? (
        <IssuerSwitches />
      ) : (
        <details className="more">
          <summary>Switches of io_uring and direct I/O</summary>
          <IssuerSwitches />
        </details>
      )}
      <details className="more">
        <summary>More of the job</summary>
        <Fields schema={fioActorSchema} path={path} names={['size_bytes']} absent="all of the file" />
        <Fields schema={fioActorSchema} path={path} names={MORE} />
      </details>
      <List
        schema={fioActorSchema.entries.calls}
        item={jobCallSchema}
        path={[...path, 'calls']}
        noun="call"
        fresh={{ call: 'fsync' }}
      />
    </Section>
  );
}

/** How the side of the application asks for completion, and learns of it. */
function IssuerSwitches(): ReactNode {
  return (
    <>
      <Switch id="ISSUER_REQUESTS" explained />
      <SwitchesOf owner="application" but={['ISSUER_REQUESTS']} />
    </>
  );
}

/** A job with one block size has a field for it; a mix is shown and comes from fio text. */
function BlockSizes({ job }: { readonly job: number }): ReactNode {
  const actor = useApp((s) => s.version.scenario.actors[job]);
  if (actor === undefined) return null;
  const ways =
    actor.rw === 'rw' || actor.rw === 'randrw'
      ? (['read', 'write'] as const)
      : [actor.rw.endsWith('read') ? ('read' as const) : ('write' as const)];
  return ways.map((way) => {
    const sizes = way === 'read' ? actor.bs_read : actor.bs_write;
    const path = ['actors', job, `bs_${way}`, 0, 'bytes'];
    if (sizes.length > 1)
      return (
        <p key={way} className="mix">
          bs of {way}s: {mixText(sizes)}
        </p>
      );
    return (
      <Field
        key={way}
        schema={SIZE_SCHEMA}
        path={path}
        value={sizes[0]?.bytes}
        label={`bs of ${way}s (bytes)`}
      />
    );
  });
}

const SIZE_SCHEMA = fioActorSchema.entries.bs_read.wrapped.pipe[0].item.entries.bytes;

/** More sizes than this are told by their range. */
const FEW = 4;

/** "4 KiB, 64 KiB", with weights where they differ; "16 sizes from 4 KiB to 64 KiB" where there are many. */
function mixText(sizes: FioActor['bs_read']): string {
  const all = sizes.map((size) => size.bytes);
  if (sizes.length > FEW)
    return `${sizes.length} sizes from ${bytes(Math.min(...all))} to ${bytes(Math.max(...all))}`;
  const total = sizes.reduce((sum, size) => sum + size.weight, 0);
  return sizes
    .map((size) => `${bytes(size.bytes)} (${Math.round((100 * size.weight) / total)} %)`)
    .join(', ');
}
