import { useState, type ReactNode } from 'react';
import type * as v from 'valibot';
import { COST_IDS, COSTS, type CostId } from '../../kernel/costs.ts';
import { scenarioSchema } from '../../scenario/schema.ts';
import { SchemaField } from '../form/schema-field.tsx';
import { useApp, useVerbs } from '../page.tsx';

/** The durations that the model spends, each with its tag, range and source. */
export function Costs(): ReactNode {
  const [isOpen, setIsOpen] = useState(false);
  const changed = useApp((s) => Object.keys(s.version.scenario.costs).length);
  return (
    <details className="section" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        <h3>Costs{changed > 0 ? ` (${changed} changed)` : ''}</h3>
      </summary>
      {isOpen && (
        <div className="section-body">
          <p className="field-help">
            How long each piece of work takes. An empty field stands for the cost model’s value; the tag says
            where that comes from.
          </p>
          {COST_IDS.map((id) => (
            <Cost key={id} id={id} />
          ))}
        </div>
      )}
    </details>
  );
}

/** The schema builds these from the table of costs, in a way that the compiler cannot follow. */
const COST_SCHEMAS = (
  scenarioSchema.entries.costs as unknown as {
    pipe: readonly [{ wrapped: { entries: Readonly<Record<CostId, v.GenericSchema>> } }];
  }
).pipe[0].wrapped.entries;

function Cost({ id }: { readonly id: CostId }): ReactNode {
  const value = useApp((s) => s.version.scenario.costs[id]);
  const problem = useApp((s) => s.problems.find((p) => p.field === `costs.${id}`) ?? null);
  const { edit } = useVerbs();
  const { default_ns, low_ns, high_ns, tag } = COSTS[id];
  return (
    <div className="cost">
      <SchemaField
        schema={COST_SCHEMAS[id]}
        value={value}
        problem={problem}
        absent={String(default_ns)}
        onChange={(next) => edit(['costs', id], next)}
      />
      <p className="field-help">
        <span className="badge">{tag}</span> usually {low_ns} to {high_ns} ns
      </p>
    </div>
  );
}
