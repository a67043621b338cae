/**
 * Brands part the numbers that could be swapped by accident. A brand costs nothing at run time; arithmetic gives a
 * plain number back, and the constructors below put the brand on again.
 */
declare const unit: unique symbol;

/** Simulated time or duration in integer nanoseconds. */
export type Ns = number & { readonly [unit]: 'ns' };
/** Index of an event in a log, from 0; row 0 is the start of the run. */
export type Row = number & { readonly [unit]: 'row' };
/** Index of an object in a log's object table; 0 means none. */
export type ObjectId = number & { readonly [unit]: 'object' };

export const ns = (n: number): Ns => n as Ns;
export const us = (n: number): Ns => Math.round(n * 1_000) as Ns;
export const ms = (n: number): Ns => Math.round(n * 1_000_000) as Ns;
export const row = (n: number): Row => n as Row;
export const objectId = (n: number): ObjectId => n as ObjectId;

/** "No such row": a first write has no previous write, an imported event may have no known cause. */
export const NO_ROW = 0xffffffff as Row;
/** "No object". */
export const NO_OBJECT = 0 as ObjectId;
