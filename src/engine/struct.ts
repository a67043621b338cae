import { NO_ROW } from '../base/units.ts';

/**
 * Objects of a run. Their fields are declared once; every write of a declared field is an event of the log, with the
 * row of the previous write of the same field, so that the state of anything at any time can be shown and undone.
 */
export type FieldKind = 'int' | 'bool' | 'flags' | 'enum' | 'ref' | 'fn';

/** How a field's numbers are to be read; `Value` is what the model sees. */
export type Field<Value = unknown> = {
  readonly kind: FieldKind;
  /** For flags: name of each bit. */
  readonly bits?: Readonly<Record<string, number>>;
  readonly unit?: string;
  readonly initial: Value;
};

export const int = (unit = ''): Field<number> => ({ kind: 'int', unit, initial: 0 });
export const bool = (): Field<boolean> => ({ kind: 'bool', initial: false });
export const flags = (bits: Readonly<Record<string, number>>): Field<number> => ({
  kind: 'flags',
  bits,
  initial: 0,
});
/** One of some words; the log holds the word's string id. */
export const word = <W extends string>(initial: W): Field<W> => ({ kind: 'enum', initial });
/** Another object, or null; the log holds its id. */
export const ref = <T extends Obj>(): Field<T | null> => ({ kind: 'ref', initial: null });
/** A function of the model, or null; the log holds its name's string id. */
export const fn = <F extends (...args: never[]) => unknown>(): Field<F | null> => ({
  kind: 'fn',
  initial: null,
});

type Fields = Readonly<Record<string, Field>>;
type Values<F extends Fields> = { -readonly [N in keyof F]: F[N] extends Field<infer V> ? V : never };

/** What an object needs of the run it belongs to. */
export type Registry = {
  register(type: string, parent: Obj | null, label: string): number;
  intern(text: string): number;
  /** Where the objects of a type keep the string ids of their fields, by index, once they are known. */
  fieldNames(type: unknown): (number | undefined)[];
  /** Logs a field write and returns its row. `name` is a string id. */
  logField(object: Obj, name: number, value: number, previous: number): number;
};

/** Anything that the log can be about. */
export class Obj {
  static readonly type: string = 'object';
  static readonly fields: Fields = {};
  /** What the fields hold at first, in their order, and the rows of the writes there were not. */
  static readonly initialValues: readonly unknown[] = [];
  static readonly unwritten: readonly number[] = [];

  // Declared here and made by assignment: to define the fields of a base class takes V8 half a microsecond once the class
  // has many kinds of children.
  /** Id in the log's object table. */
  declare readonly id: number;
  /** Row of the last Put, until its Take; the engine's. */
  declare putRow: number;
  /** Id of the place it was put into. */
  declare putPlace: number;
  /** Values of the declared fields, the rows of their last writes, and the string ids of their names, once known. */
  declare readonly values: unknown[];
  declare readonly written: number[];
  declare readonly fieldNames: (number | undefined)[];

  declare readonly registry: Registry;
  declare readonly parent: Obj | null;

  constructor(registry: Registry, parent: Obj | null, label = '') {
    const own = new.target;
    this.registry = registry;
    this.parent = parent;
    this.id = registry.register(own.type, parent, label);
    this.putRow = NO_ROW;
    this.putPlace = 0;
    this.values = own.initialValues.slice();
    this.written = own.unwritten.slice();
    this.fieldNames = registry.fieldNames(own.fields);
  }
}

/** The class of objects of a kernel struct `type` with logged fields; extend it to add what is not logged. */
export function struct<const F extends Fields>(
  type: string,
  fields: F,
): {
  new (registry: Registry, parent: Obj | null, label?: string): Obj & Values<F>;
  readonly type: string;
  readonly fields: F;
} {
  class Struct extends Obj {
    static override readonly type = type;
    static override readonly fields = fields;
    static override readonly initialValues = Object.values(fields).map((field) => field.initial);
    static override readonly unwritten = Object.values(fields).map(() => NO_ROW);
  }
  Object.keys(fields).forEach((name, index) => {
    const { kind } = fields[name] as Field;
    Object.defineProperty(Struct.prototype, name, {
      get(this: Obj) {
        return this.values[index];
      },
      set(this: Obj, value: unknown) {
        const { registry, written } = this;
        this.values[index] = value;
        const number = numberOf(registry, kind, value);
        const fieldName = (this.fieldNames[index] ??= registry.intern(name));
        written[index] = registry.logField(this, fieldName, number, written[index]!);
      },
    });
  });
  // The accessors made above are what `Values<F>` promises; the compiler cannot see them.
  return Struct as unknown as {
    new (registry: Registry, parent: Obj | null, label?: string): Obj & Values<F>;
    readonly type: string;
    readonly fields: F;
  };
}

function numberOf(registry: Registry, kind: FieldKind, value: unknown): number {
  switch (kind) {
    case 'int':
    case 'flags':
      return value as number;
    case 'bool':
      return value === true ? 1 : 0;
    case 'enum':
      return registry.intern(value as string);
    case 'ref':
      return value === null ? 0 : (value as Obj).id;
    case 'fn':
      return value === null ? 0 : registry.intern((value as { name: string }).name);
  }
}
