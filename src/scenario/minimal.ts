import * as v from 'valibot';
import { type Scenario, scenarioSchema } from './schema.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * A scenario without the fields that have their default values: reading it fills them in again. So a default of the schema
 * is part of every link and file that leaves it out, and is never changed.
 */
export function withoutDefaults(scenario: Scenario): Json {
  return minimal(scenarioSchema, JSON.parse(JSON.stringify(scenario)) as Json);
}

/** The parts of valibot's schemas that are looked at here. */
type Schema = {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly item?: Schema;
  readonly options?: readonly Schema[];
  readonly wrapped?: Schema;
  readonly default?: unknown;
};

function minimal(schema: v.GenericSchema | Schema, value: Json): Json {
  const { type, entries, item, wrapped } = schema as Schema; // valibot's schemas are such objects, whatever else they are
  if (type === 'optional' && wrapped !== undefined) return minimal(wrapped, value);
  if (isList(value)) return item === undefined ? value : value.map((element) => minimal(item, element));
  if (entries === undefined || typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, field]) => !isDefault(entries[key], field));
  return Object.fromEntries(
    kept.map(([key, field]): [string, Json] => {
      const own = entries[key];
      return [key, own === undefined ? field : minimal(own, field)];
    }),
  );
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

function isDefault(schema: Schema | undefined, value: Json): boolean {
  if (schema?.type !== 'optional' || schema.default === undefined) return false;
  return sorted(schema.default as Json) === sorted(value); // a default of the schema is JSON, as the scenario is
}

/** JSON with the fields of objects in the order of their names. */
function sorted(value: Json): string {
  return JSON.stringify(value, (_, inner: Json) =>
    typeof inner === 'object' && inner !== null && !isList(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
