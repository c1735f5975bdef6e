// The image config (image-spec, config.md; the same as Docker's): how to run an image and what its layers are. Pure.

import { invalidArgument, unsupported } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import {
  array,
  boolean,
  compact,
  count,
  has,
  member,
  object,
  optional,
  record,
  root,
  string,
  type Field,
} from '../base/validate.ts';
import { digestField, type Digest } from './digest.ts';
import { LAYERS_MAX, MANIFEST_MAX } from './manifest.ts';
import { platformField, type Platform } from './platform.ts';

/** What `config` says about running the image, under the names the image-spec gives. Absent: the image says nothing. */
export interface RunConfig {
  /** `user|uid[:group|gid]`. */
  readonly User?: string;
  /** `KEY=value`. */
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  /** Keys like `8080/tcp`. */
  readonly ExposedPorts?: Readonly<Record<string, unknown>>;
  /** Keys are paths in the container. */
  readonly Volumes?: Readonly<Record<string, unknown>>;
  readonly Labels?: Readonly<Record<string, string>>;
  /** `SIGTERM`, `9`. */
  readonly StopSignal?: string;
  readonly Shell?: readonly string[];
  readonly Healthcheck?: ImageHealthCheck;
}

/** Docker's addition to the image-spec. Spans in nanoseconds; 0 or absent: the default. */
export interface ImageHealthCheck {
  /** `NONE`; `CMD` and words; `CMD-SHELL` and a line. */
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

export interface HistoryEntry {
  readonly created?: string;
  readonly createdBy?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly emptyLayer: boolean;
}

export interface ImageConfig {
  readonly platform: Platform;
  /** RFC 3339. */
  readonly created?: string;
  readonly author?: string;
  readonly config: RunConfig;
  /** Digests of the uncompressed layers, bottom first. */
  readonly diffIds: readonly Digest[];
  readonly history: readonly HistoryEntry[];
}

/** Parses an image config. Throws InvalidArgument with the JSON path, Unsupported for what is no image. */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  if (bytes.length > MANIFEST_MAX) throw invalidArgument(`image config: larger than ${MANIFEST_MAX} bytes`);
  const document = root(parseJson(bytes, 'image config'));
  if (!has(document, 'rootfs')) throw unsupported('image config: it has no rootfs, so this is no container image');
  return compact({
    platform: platformField(document),
    created: optional(member(document, 'created'), dateField),
    author: optional(member(document, 'author'), string),
    config: optional(member(document, 'config'), runConfig) ?? {},
    diffIds: diffIdsOf(member(document, 'rootfs')),
    history: optional(member(document, 'history'), (field) => array(field, historyEntry)) ?? [],
  });
}

/** The `config` member as it was written, for `inspect`; {} where there is none. */
export function rawConfig(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  return optional(member(root(parseJson(bytes, 'image config')), 'config'), object) ?? {};
}

function runConfig(field: Field): RunConfig {
  return compact({
    User: optional(member(field, 'User'), text),
    Env: optional(member(field, 'Env'), strings),
    Entrypoint: optional(member(field, 'Entrypoint'), oneOrMore),
    Cmd: optional(member(field, 'Cmd'), oneOrMore),
    WorkingDir: optional(member(field, 'WorkingDir'), text),
    ExposedPorts: optional(member(field, 'ExposedPorts'), object),
    Volumes: optional(member(field, 'Volumes'), object),
    Labels: optional(member(field, 'Labels'), (labels) => record(labels, string)),
    StopSignal: optional(member(field, 'StopSignal'), text),
    Shell: optional(member(field, 'Shell'), oneOrMore),
    Healthcheck: optional(member(field, 'Healthcheck'), healthCheck),
  });
}

function healthCheck(field: Field): ImageHealthCheck {
  const number = (name: string): number | undefined => optional(member(field, name), count);
  return compact({
    Test: optional(member(field, 'Test'), strings),
    Interval: number('Interval'),
    Timeout: number('Timeout'),
    StartPeriod: number('StartPeriod'),
    StartInterval: number('StartInterval'),
    Retries: number('Retries'),
  });
}

function diffIdsOf(field: Field): readonly Digest[] {
  const type = optional(member(field, 'type'), string);
  if (type !== undefined && type !== 'layers') throw unsupported(`${field.path}.type: only "layers" is supported`);
  const diffIds = optional(member(field, 'diff_ids'), (item) => array(item, digestField)) ?? [];
  if (diffIds.length > LAYERS_MAX) throw unsupported(`${field.path}.diff_ids: at most ${LAYERS_MAX} layers work`);
  return diffIds;
}

function historyEntry(field: Field): HistoryEntry {
  return compact({
    created: optional(member(field, 'created'), dateField),
    createdBy: optional(member(field, 'created_by'), string),
    author: optional(member(field, 'author'), string),
    comment: optional(member(field, 'comment'), string),
    emptyLayer: optional(member(field, 'empty_layer'), boolean) ?? false,
  });
}

// Some tools write years before 1 or nonsense here; a date nobody can read is no reason to refuse an image.
function dateField(field: Field): string | undefined {
  const text = string(field);
  return text !== '' && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

// An empty string says as little as none.
function text(field: Field): string | undefined {
  return string(field) || undefined;
}

function strings(field: Field): readonly string[] {
  return array(field, string);
}

// Docker's own parser takes a lone string for a list of one here.
function oneOrMore(field: Field): readonly string[] {
  return typeof field.value === 'string' ? [string(field)] : strings(field);
}
