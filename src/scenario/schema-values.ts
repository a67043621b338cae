/** Kinds of values that the schemas of a scenario are made of. */
import * as v from 'valibot';

const notIn = (low: number, high: number): string => `is not in ${low} to ${high}`;
/** A whole number in a range, as a schema. */
export const int = (low: number, high: number) =>
  v.pipe(
    v.number('is not a number'),
    v.integer('is not a whole number'),
    v.minValue(low, notIn(low, high)),
    v.maxValue(high, notIn(low, high)),
  );
/** A text of limited length. */
export const text = (high: number) =>
  v.pipe(v.string('is not a text'), v.maxLength(high, `is longer than ${high} characters`));
/** The name of something that others refer to. */
export const id = v.pipe(text(60), v.regex(/^[^\s/]+$/u, 'has blanks or slashes, or is empty'));
/** A field with what the form shows of it. */
export const named = <const S extends v.GenericSchema>(schema: S, title: string, help: string, unit = '') =>
  v.pipe(schema, v.title(title), v.description(help), v.metadata({ unit }));
