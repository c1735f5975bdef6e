// events: docker's stream of what happens, as lines or as JSON.

import type { EngineEvent } from '../../../../protocol/events.ts';
import { actionText, parseEventFilter, type EventFilter } from '../event-filter.ts';
import { printable } from '../format.ts';
import { formatDocument } from '../formatter.ts';
import { parseMoment } from '../moments.ts';
import type { CliSession, Command } from '../session.ts';
import type { Value } from '../template/values.ts';

export const eventsCommand: Command = {
  name: 'events',
  summary: 'Show what happens, as it happens',
  usage: '[OPTIONS]',
  options: [
    {
      long: 'filter',
      short: 'f',
      kind: 'list',
      placeholder: 'KEY=VALUE',
      help: 'Only those that fit: container=, image=, volume=, type=, event=, label=',
    },
    { long: 'since', kind: 'value', placeholder: 'TIME', help: 'Also the last ones, from then on (10m, a date)' },
    { long: 'until', kind: 'value', placeholder: 'TIME', help: 'End then' },
    { long: 'format', kind: 'value', placeholder: 'FORMAT', help: 'json, or a Go template for each' },
  ],
  min: 0,
  max: 0,
  run: async ({ engine, session }, options) => {
    const now = new Date();
    const moment = (long: string): Date | undefined => {
      const text = options.value(long);
      return text === undefined ? undefined : parseMoment(text, now, `--${long}`);
    };
    const until = moment('until');
    const wanted = { suits: parseEventFilter(options.list('filter')), since: moment('since') ?? now, until };
    const format = eventFormat(options.value('format'), session);
    const over =
      until === undefined ? [] : [AbortSignal.timeout(Math.min(Math.max(0, until.getTime() - now.getTime()), LONGEST))];
    const events = engine.events.read(AbortSignal.any([session.signal, ...over]));
    try {
      await show(session, events, wanted, format);
    } catch (error) {
      if (over[0]?.aborted !== true) throw error;
    }
    return 0;
  },
};

/** setTimeout's limit. */
const LONGEST = 2 ** 31 - 1;

interface Wanted {
  readonly suits: EventFilter;
  readonly since: Date;
  readonly until: Date | undefined;
}

async function show(
  session: CliSession,
  events: ReturnType<CommandEvents>,
  { suits, since, until }: Wanted,
  format: (event: EngineEvent) => string,
): Promise<void> {
  for await (const event of events) {
    if (event.type === 'missed') {
      await session.err(`slipway: ${event.count} events were lost: they are read too slowly\n`);
      continue;
    }
    const time = new Date(event.time);
    if (until !== undefined && time > until) return;
    if (time >= since && suits(event)) await session.out(`${format(event)}\n`);
  }
}

type CommandEvents = Parameters<Command['run']>[0]['engine']['events']['read'];

function eventFormat(format: string | undefined, session: CliSession): (event: EngineEvent) => string {
  switch (format) {
    case undefined:
    case '':
      return eventLine;
    case 'json':
    case '{{json .}}':
      return (event) => JSON.stringify(eventJson(event));
    default:
      return (event) => formatDocument(format, '', eventFields(event), session);
  }
}

/** Docker's line: local time with nine digits behind the second, type, action, id, attributes by name. */
export function eventLine(event: EngineEvent): string {
  const attributes = Object.entries(event.attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  const words = `${event.type} ${actionText(event)} ${event.id} (${attributes.join(', ')})`;
  return `${localTime(new Date(event.time))} ${printable(words)}`;
}

interface EventJson {
  readonly status: string;
  readonly id: string;
  readonly from?: string;
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly scope: string;
  readonly time: number;
  readonly timeNano: number;
}

/** Docker Engine API `GET /events`. */
export function eventJson(event: EngineEvent): EventJson {
  const action = actionText(event);
  const milliseconds = Date.parse(event.time);
  const from = event.type === 'container' ? { from: event.attributes['image'] ?? '' } : {};
  return {
    status: action,
    id: event.id,
    ...from,
    Type: event.type,
    Action: action,
    Actor: { ID: event.id, Attributes: event.attributes },
    scope: 'local',
    time: Math.floor(milliseconds / 1000),
    timeNano: milliseconds * 1_000_000,
  };
}

/** The same under the names that templates use. */
function eventFields(event: EngineEvent): Value {
  const { status, id, from, scope, time, timeNano, ...rest } = eventJson(event);
  return { ...rest, Status: status, ID: id, From: from ?? '', Scope: scope, Time: time, TimeNano: timeNano };
}

function localTime(date: Date): string {
  const offset = -date.getTimezoneOffset();
  const two = (number: number): string => String(Math.floor(Math.abs(number))).padStart(2, '0');
  const zone = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`;
  const local = new Date(date.getTime() + offset * 60_000).toISOString();
  return `${local.slice(0, -1)}000000${zone}`;
}
