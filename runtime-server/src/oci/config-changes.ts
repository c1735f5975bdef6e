// Docker's `--change`: Dockerfile instructions applied to an image's `config` (image-spec, config.md). For `import` and
// `commit`. Pure.

import { parseDuration } from '../base/duration.ts';
import { invalidArgument } from '../base/errors.ts';
import { parseSignal } from '../base/signals.ts';
import { array, member, object, optional, quote, root, string } from '../base/validate.ts';
import {
  expandWord,
  jsonList,
  parseInstructions,
  parsePairs,
  splitWords,
  type Instruction,
  type Variables,
} from './dockerfile-words.ts';

/** An image config's `config` member as it is written; members that no change names stay as they are. */
export type ConfigObject = Readonly<Record<string, unknown>>;

/**
 * The config after the changes, each one or several instructions in the form of a Dockerfile: CMD, ENTRYPOINT, ENV, EXPOSE,
 * HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR. Throws InvalidArgument in Docker's words.
 */
export function applyConfigChanges(config: ConfigObject, changes: readonly string[]): ConfigObject {
  let current = config;
  let commandSet = false;
  for (const instruction of parseInstructions(changes.join('\n'))) {
    const apply = INSTRUCTIONS[instruction.name];
    if (apply === undefined || !Object.hasOwn(INSTRUCTIONS, instruction.name))
      throw invalidArgument(`change: ${quote(instruction.name)} is not a valid change command`, {
        hint: `One of ${Object.keys(INSTRUCTIONS).join(', ')}.`,
      });
    if (instruction.rest === '') throw invalidArgument(`change: ${instruction.name} requires at least one argument`);
    const changed = apply(instruction, current);
    // The arguments that the former entry point had are not for the new one.
    const entered = instruction.name === 'ENTRYPOINT' && !commandSet;
    commandSet ||= instruction.name === 'CMD';
    current = { ...current, ...changed, ...(entered ? { Cmd: null } : {}) };
  }
  return current;
}

type Change = (instruction: Instruction, config: ConfigObject) => ConfigObject;

const INSTRUCTIONS: Readonly<Record<string, Change>> = {
  CMD: ({ rest }, config) => ({ Cmd: commandLine(rest, config) }),
  ENTRYPOINT: ({ rest }, config) => ({ Entrypoint: commandLine(rest, config) }),
  ENV: ({ name, rest }, config) => ({
    Env: namedPairs(name, rest, config).reduce(withVariable, listOf(config, 'Env')),
  }),
  EXPOSE: ({ rest }, config) => ({
    ExposedPorts: { ...mapOf(config, 'ExposedPorts'), ...keysOf(words(rest, config).flatMap(ports)) },
  }),
  HEALTHCHECK: ({ rest }) => ({ Healthcheck: healthcheck(rest) }),
  LABEL: ({ name, rest }, config) => ({
    Labels: { ...mapOf(config, 'Labels'), ...Object.fromEntries(namedPairs(name, rest, config)) },
  }),
  ONBUILD: ({ rest }, config) => ({ OnBuild: [...listOf(config, 'OnBuild'), trigger(rest)] }),
  STOPSIGNAL: ({ rest }, config) => ({ StopSignal: signal(expandWord(rest, variablesOf(config))) }),
  USER: ({ rest }, config) => ({ User: expandWord(rest, variablesOf(config)) }),
  VOLUME: ({ rest }, config) => ({ Volumes: { ...mapOf(config, 'Volumes'), ...keysOf(volumes(rest, config)) } }),
  WORKDIR: ({ rest }, config) => ({ WorkingDir: workingDirectory(expandWord(rest, variablesOf(config)), config) }),
};

// The shell form runs in the image's own shell.
function commandLine(rest: string, config: ConfigObject): readonly string[] {
  const shell = listOf(config, 'Shell');
  return jsonList(rest) ?? [...(shell.length > 0 ? shell : ['/bin/sh', '-c']), rest];
}

function listOf(config: ConfigObject, name: string): readonly string[] {
  return optional(member(root(config), name), (field) => array(field, string)) ?? [];
}

function mapOf(config: ConfigObject, name: string): ConfigObject {
  return optional(member(root(config), name), object) ?? {};
}

function keysOf(keys: readonly string[]): ConfigObject {
  return Object.fromEntries(keys.map((key) => [key, {}]));
}

function variablesOf(config: ConfigObject): Variables {
  const values = new Map(
    listOf(config, 'Env').map((entry) => {
      const [name = ''] = entry.split('=', 1);
      return [name, entry.slice(name.length + 1)] as const;
    }),
  );
  return (name) => values.get(name);
}

function words(rest: string, config: ConfigObject): readonly string[] {
  return splitWords(rest).map((word) => expandWord(word, variablesOf(config)));
}

function namedPairs(instruction: string, rest: string, config: ConfigObject): readonly (readonly [string, string])[] {
  const variables = variablesOf(config);
  return parsePairs(instruction, rest).map(([name, value]) => {
    const expanded = expandWord(name, variables);
    if (expanded === '') throw invalidArgument(`change: ${instruction} names can not be blank`);
    return [expanded, expandWord(value, variables)];
  });
}

function withVariable(list: readonly string[], [name, value]: readonly [string, string]): readonly string[] {
  const entry = `${name}=${value}`;
  const at = list.findIndex((other) => other.split('=', 1)[0] === name);
  return at === -1 ? [...list, entry] : list.with(at, entry);
}

function ports(word: string): readonly string[] {
  const [, first = '', last = first, protocol = 'tcp'] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(word) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === '' || from < 1 || to > 65_535 || to < from)
    throw invalidArgument(`change: EXPOSE: invalid containerPort: ${quote(word)}`);
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}/${protocol.toLowerCase()}`);
}

function volumes(rest: string, config: ConfigObject): readonly string[] {
  const list = (jsonList(rest) ?? splitWords(rest)).map((word) => expandWord(word, variablesOf(config)).trim());
  if (list.includes('')) throw invalidArgument('change: VOLUME specified can not be an empty string');
  return list;
}

function workingDirectory(path: string, config: ConfigObject): string {
  if (path.startsWith('/')) return path;
  const before = optional(member(root(config), 'WorkingDir'), string) ?? '';
  const parts: string[] = [];
  for (const part of `${before}/${path}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

// Kept as it is written; read by whoever stops the container.
function signal(text: string): string {
  parseSignal(text);
  return text;
}

function trigger(rest: string): string {
  const [word = ''] = rest.split(/\s/, 1);
  const name = word.toUpperCase();
  if (name === 'ONBUILD') throw invalidArgument("change: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (name === 'FROM' || name === 'MAINTAINER')
    throw invalidArgument(`change: ${name} isn't allowed as an ONBUILD trigger`);
  return rest;
}

const TIMES: Readonly<Record<string, string>> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
};

function healthcheck(rest: string): ConfigObject {
  const [options = ''] = /^(?:--\S+\s+)*/.exec(rest) ?? [];
  const [, type = '', command = ''] = /^(\S*)\s*([^]*)$/.exec(rest.slice(options.length)) ?? [];
  if (type.toUpperCase() === 'NONE') {
    if (command !== '' || options !== '') throw invalidArgument('change: HEALTHCHECK NONE takes no arguments');
    return { Test: ['NONE'] };
  }
  if (type.toUpperCase() !== 'CMD')
    throw invalidArgument(`change: Unknown type ${quote(type)} in HEALTHCHECK (try CMD)`);
  const list = jsonList(command);
  if (command === '' || list?.length === 0) throw invalidArgument('change: Missing command after HEALTHCHECK CMD');
  return {
    Test: list === undefined ? ['CMD-SHELL', command] : ['CMD', ...list],
    ...Object.fromEntries(splitWords(options).map(healthOption)),
  };
}

function healthOption(word: string): readonly [string, number] {
  const [, name = '', value = ''] = /^--([a-z-]+)=(.*)$/.exec(word) ?? [];
  if (name === 'retries') {
    if (!/^\d{1,9}$/.test(value)) throw invalidArgument(`change: HEALTHCHECK --retries: not a number: ${quote(value)}`);
    return ['Retries', Number(value)];
  }
  const member = Object.hasOwn(TIMES, name) ? TIMES[name] : undefined;
  if (member === undefined) throw invalidArgument(`change: HEALTHCHECK: unknown flag: ${quote(word)}`);
  const nanoseconds = parseDuration(value);
  if (nanoseconds === undefined)
    throw invalidArgument(`change: HEALTHCHECK --${name}: invalid duration: ${quote(value)}`);
  if (nanoseconds !== 0 && nanoseconds < 1e6)
    throw invalidArgument(`change: HEALTHCHECK: Interval ${quote(name)} cannot be less than 1ms`);
  return [member, nanoseconds];
}
