// `--filter KEY=VALUE` of events, as docker has it: several of a key are alternatives, different keys must all fit. Pure.

import type { EngineEvent } from '../../../protocol/events.ts';
import { invalidArgument } from '../../base/errors.ts';

export type EventFilter = (event: EngineEvent) => boolean;

type Test = (event: EngineEvent, value: string) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  container: (event, value) => event.type === 'container' && fits(event, value),
  image: (event, value) =>
    event.type === 'image' ? fits(event, value) : withoutTag(event.attributes['image'] ?? '') === withoutTag(value),
  volume: (event, value) => event.type === 'volume' && event.id === value,
  type: (event, value) => event.type === value,
  event: (event, value) => [event.action, actionText(event)].includes(value),
  label: (event, value) => {
    const [key = '', ...rest] = value.split('=');
    const found = event.attributes[key];
    return found !== undefined && (rest.length === 0 || found === rest.join('='));
  },
};

/** Throws InvalidArgument for a filter that there is not. */
export function parseEventFilter(texts: readonly string[]): EventFilter {
  const byKey = Map.groupBy(texts, (text) => text.split('=', 1)[0] ?? '');
  const tests = [...byKey].map(([key, group]) => {
    const test = Object.hasOwn(TESTS, key) ? TESTS[key] : undefined;
    const wrong = group.find((text) => !text.includes('='));
    if (test === undefined || wrong !== undefined)
      throw invalidArgument(`invalid filter "${wrong ?? group[0] ?? ''}": ${Object.keys(TESTS).join('=, ')}= is known`);
    return (event: EngineEvent) => group.some((text) => test(event, text.slice(key.length + 1)));
  });
  return (event) => tests.every((test) => test(event));
}

/** `health_status: healthy`, `start`. */
export function actionText(event: EngineEvent): string {
  const detail = event.type === 'container' ? event.detail : undefined;
  return detail === undefined ? event.action : `${event.action}: ${detail}`;
}

/** The beginning of its id, or its name, with or without the tag. */
function fits({ id, attributes }: EngineEvent, value: string): boolean {
  const name = attributes['name'] ?? '';
  const digits = id.replace(/^sha256:/, '');
  return name === value || withoutTag(name) === value || digits.startsWith(value.replace(/^sha256:/, ''));
}

const withoutTag = (reference: string): string => reference.replace(/:[^:/]*$/, '');
