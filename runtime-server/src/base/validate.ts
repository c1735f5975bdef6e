// Reads unknown JSON into typed values; each error names the place as a JSON path. Knows no particular document.

import { invalidArgument, type EngineError } from './errors.ts';

/** A JSON value together with where it stands (`$.layers[0].size`). */
export interface Field {
  readonly value: unknown;
  readonly path: string;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** The whole document. */
export function root(value: unknown): Field {
  return { value, path: '$' };
}

/** The named member; its value is undefined where the object lacks it. Throws when the field is no object. */
export function member(field: Field, name: string): Field {
  const value = object(field);
  const path = /^[A-Za-z_]\w*$/.test(name) ? `${field.path}.${name}` : `${field.path}[${quote(name)}]`;
  return { value: Object.hasOwn(value, name) ? value[name] : undefined, path };
}

/** True when the object has the member, whatever its value. */
export function has(field: Field, name: string): boolean {
  return Object.hasOwn(object(field), name);
}

/** `parse` applied to the field, or undefined where it is absent or null. */
export function optional<T>(field: Field, parse: (field: Field) => T): T | undefined {
  return field.value === undefined || field.value === null ? undefined : parse(field);
}

export function object(field: Field): JsonObject {
  if (typeof field.value !== 'object' || field.value === null || Array.isArray(field.value)) {
    throw expected(field, 'an object');
  }
  return field.value as JsonObject;
}

/** A string without NUL, which no path, argument or environment variable can hold. */
export function string(field: Field): string {
  if (typeof field.value !== 'string') throw expected(field, 'a string');
  if (field.value.includes('\0')) throw expected(field, 'a string without NUL');
  return field.value;
}

export function boolean(field: Field): boolean {
  if (typeof field.value !== 'boolean') throw expected(field, 'true or false');
  return field.value;
}

/** A whole number from 0 up to what a double holds exactly. */
export function count(field: Field): number {
  if (typeof field.value !== 'number' || !Number.isSafeInteger(field.value) || field.value < 0) {
    throw expected(field, 'a whole number not below zero');
  }
  return field.value;
}

export function array<T>(field: Field, parse: (field: Field) => T): readonly T[] {
  if (!Array.isArray(field.value)) throw expected(field, 'a list');
  return field.value.map((value: unknown, index) => parse({ value, path: `${field.path}[${index}]` }));
}

/** An object with arbitrary keys. `__proto__` as a key stays an ordinary one. */
export function record<T>(field: Field, parse: (field: Field) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.keys(object(field)).map((key) => [key, parse(member(field, key))]));
}

/** The error for a field whose value is not what it should be. */
export function expected(field: Field, what: string): EngineError {
  return invalidArgument(`${field.path}: expected ${what}, found ${describe(field.value)}`);
}

type Optional<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };
type Required<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] };

/** The object without its undefined members, typed so. */
export function compact<T extends object>(value: T): Required<T> & Optional<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Required<T> &
    Optional<T>;
}

/** Text from outside made fit for an error message: printable, quoted, at most 100 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 97)}...` : text).replaceAll(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text from outside as it is where it is short and plain, else quoted. */
export function printable(text: string): string {
  return /^[\x21-\x7e]{1,200}$/.test(text) ? text : quote(text);
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return quote(value);
  return typeof value === 'object' && value !== null ? 'an object' : JSON.stringify(value);
}
