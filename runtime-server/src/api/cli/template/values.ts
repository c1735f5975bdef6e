// What templates compute with, and what Go says of it: truth, types, fields. Pure.

/** Text, numbers, truth, lists, maps, rows; `undefined`, or null from JSON: there is none. */
export type Value =
  string | number | boolean | undefined | null | Nil | Fields | readonly Value[] | { readonly [key: string]: Value };

export type Method = (...args: Value[]) => Value;

/** Nothing of a known type, which Go writes in another way for each, and JSON as null. */
export class Nil {
  readonly kind: 'list' | 'map' | 'pointer';

  constructor(kind: 'list' | 'map' | 'pointer') {
    this.kind = kind;
  }

  toJSON(): null {
    return null;
  }
}

/** A row: fields that are made when they are asked for. One that takes arguments (`.Label "x"`) is no part of its JSON. */
export class Fields {
  readonly type: string;
  private readonly methods: Readonly<Record<string, Method>>;

  /** `type`: docker's name for it in errors. */
  constructor(type: string, methods: Readonly<Record<string, Method>>) {
    this.type = type;
    this.methods = methods;
  }

  method(name: string): Method | undefined {
    return Object.hasOwn(this.methods, name) ? this.methods[name] : undefined;
  }

  toJSON(): Readonly<Record<string, Value>> {
    const plain = Object.entries(this.methods).filter(([, method]) => method.length === 0);
    plain.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(plain.map(([name, method]) => [name, method() ?? null] as [string, Value]));
  }
}

const openMaps = new WeakSet<object>();

/** Marks a map whose keys are data (labels): a key that it lacks is no error but nothing. */
export function openMap<T extends object>(map: T): T {
  openMaps.add(map);
  return map;
}

export const isOpenMap = (map: object): boolean => openMaps.has(map);

export const isNothing = (value: Value): value is undefined | null => value === undefined || value === null;

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

export function isMap(value: Value): value is { readonly [key: string]: Value } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !isList(value) &&
    !(value instanceof Nil) &&
    !(value instanceof Fields)
  );
}

/** Go's rule: false, 0, nothing, and what is empty. */
export function isTrue(value: Value): boolean {
  if (value instanceof Fields) return true;
  if (value instanceof Nil) return false;
  if (isList(value)) return value.length > 0;
  if (isMap(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** The keys of a map as Go goes through them. */
export const sortedKeys = (map: { readonly [key: string]: Value }): readonly string[] => Object.keys(map).sort();

export function typeName(value: Value): string {
  if (isNothing(value)) return '<nil>';
  if (value instanceof Fields) return value.type;
  if (isList(value) || (value instanceof Nil && value.kind === 'list')) return '[]interface {}';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float64';
    default:
      return 'map[string]interface {}';
  }
}
