import * as v from 'valibot';

/** What a form needs to know of a field, read off its schema, so that no label or range is written twice. */
export type FieldSpec = {
  readonly title: string;
  readonly help: string;
  readonly unit: string;
  readonly input:
    | { readonly kind: 'int'; readonly min: number; readonly max: number }
    | { readonly kind: 'choice'; readonly options: readonly (string | number | boolean)[] }
    | { readonly kind: 'flag' }
    | { readonly kind: 'text'; readonly longest: number }
    | { readonly kind: 'other' };
};

/** A schema node as far as it is read here. valibot's own types are generic in everything. */
type Node = {
  readonly type: string;
  readonly wrapped?: Node;
  readonly options?: readonly (string | number | boolean)[];
  readonly requirement?: unknown;
  readonly pipe?: readonly Node[];
};

/** Describes the field that `schema` validates. */
export function describeField(schema: v.GenericSchema): FieldSpec {
  return {
    title: v.getTitle(schema) ?? '',
    help: v.getDescription(schema) ?? '',
    unit: unitOf(v.getMetadata(schema)),
    input: inputOf(schema),
  };
}

function unitOf(metadata: Readonly<Record<string, unknown>>): string {
  const unit = metadata['unit'];
  return typeof unit === 'string' ? unit : '';
}

function inputOf(node: Node): FieldSpec['input'] {
  const inner = node.pipe?.[0];
  // A pipe names its first schema, which may be optional or a pipe itself; the actions after it are checks.
  if (inner !== undefined && (inner.wrapped !== undefined || inner.pipe !== undefined) && inner !== node)
    return inputOf(inner);
  if (node.wrapped !== undefined) return inputOf(node.wrapped);
  const check = (type: string): number | undefined => {
    const requirement = node.pipe?.find((action) => action.type === type)?.requirement;
    return typeof requirement === 'number' ? requirement : undefined;
  };
  if (node.type === 'number')
    return { kind: 'int', min: check('min_value') ?? 0, max: check('max_value') ?? 0 };
  if (node.type === 'picklist') return { kind: 'choice', options: node.options ?? [] };
  if (node.type === 'boolean') return { kind: 'flag' };
  if (node.type === 'string') return { kind: 'text', longest: check('max_length') ?? 0 };
  return { kind: 'other' };
}
