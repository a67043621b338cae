import type { ReactNode } from 'react';
import {
  THROUGHPUT,
  THROUGHPUT_NOTES,
  THROUGHPUT_SOURCE,
  type ThroughputTable,
} from '../../experiment/throughput.ts';
import { presetById } from '../../scenario/presets.ts';
import { useVerbs } from '../page.tsx';
import { Head, Numbers, Table } from './tables.tsx';

/** The MB/s of the mails as published, and what the model can and cannot say about them. */
export function Throughput(): ReactNode {
  return (
    <>
      <p>{THROUGHPUT_SOURCE}</p>
      <ModelNotes />
      <div className="throughput-tables">
        {THROUGHPUT.map((table) => (
          <Published key={table.id} table={table} />
        ))}
      </div>
    </>
  );
}

function ModelNotes(): ReactNode {
  const { openPreset, closeDialog } = useVerbs();
  const show = (id: string): void => {
    closeDialog();
    openPreset(id);
  };
  return (
    <dl className="experiment-notes throughput-notes">
      {THROUGHPUT_NOTES.map(({ kind, text, preset }) => {
        const title = preset === undefined ? undefined : presetById(preset)?.title;
        return (
          <div key={text}>
            <dt>{kind}</dt>
            <dd>
              {text}
              {preset !== undefined && title !== undefined && (
                <>
                  {' '}
                  <button type="button" className="button button-link" onClick={() => show(preset)}>
                    Show it: {title}
                  </button>
                </>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

/** One table of a mail, as printed. */
function Published({
  table: { title, rows, average, note },
}: {
  readonly table: ThroughputTable;
}): ReactNode {
  return (
    <section>
      <Table label={title} caption={`${title}: MB/s as published`}>
        <Head cells={['second', 'normal', 'dontcache']} />
        <tbody>
          {rows.map(({ second, normal, dontcache, isCut }) => (
            <tr key={second}>
              <th scope="row">{second}</th>
              <Numbers
                cells={[normal.toFixed(1), isCut === true ? `about ${dontcache}` : dontcache.toFixed(1)]}
              />
            </tr>
          ))}
          <tr className="experiment-sum">
            <th scope="row">average</th>
            {average === null ? (
              <td colSpan={2}>could not be read</td>
            ) : (
              <Numbers cells={[average.normal.toFixed(1), average.dontcache.toFixed(1)]} />
            )}
          </tr>
          {average !== null && (
            <tr>
              <th scope="row">gain</th>
              <Numbers cells={['', `+${average.gain_percent}\u00a0%`]} />
            </tr>
          )}
        </tbody>
      </Table>
      <p className="muted">{note}</p>
    </section>
  );
}
