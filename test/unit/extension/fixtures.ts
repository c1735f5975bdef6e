// Images, containers, a localizer and fake ports for the tests of the extension's pure parts.

import { type StoreReport } from '../../../runtime-server/protocol/housekeeping.ts';
import { type ContainerSummary, type ImageSummary } from '../../../runtime-server/protocol/models.ts';
import { type Localizer } from '../../../extension/base/localize.ts';
import {
  type InputOptions,
  type Offer,
  type PickOptions,
  type Services,
  type TerminalRequest,
} from '../../../extension/commands/services.ts';
import { type CommandId, type Target } from '../../../extension/contributions.ts';
import { type VolumeSummary } from '../../../runtime-server/protocol/mounts.ts';
import { Model, type VolumeItem } from '../../../extension/model/model.ts';
import { type Link } from '../../../extension/server/link.ts';

export const ENGLISH: Localizer = {
  t: (message, ...args) => message.replace(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)])),
  language: 'en',
};

export const IMAGE_ID = `sha256:${'a1b2c3d4e5f6'.padEnd(64, '0')}`;
export const CONTAINER_ID = '1234567890ab'.padEnd(64, '0');

export function image(changes: Partial<ImageSummary> = {}): ImageSummary {
  return {
    id: IMAGE_ID,
    references: ['docker.io/library/alpine:latest'],
    repoDigests: [`docker.io/library/alpine@sha256:${'f'.repeat(64)}`],
    created: '2026-01-01T00:00:00Z',
    size: 7_834_567,
    os: 'linux',
    architecture: 'amd64',
    containers: 0,
    ...changes,
  };
}

export function container(changes: Partial<ContainerSummary> = {}): ContainerSummary {
  return {
    id: CONTAINER_ID,
    name: 'brave_lamp',
    image: 'alpine',
    imageId: IMAGE_ID,
    command: ['/bin/sh'],
    created: '2026-02-01T00:00:00Z',
    state: 'running',
    status: 'Up 3 minutes',
    tty: true,
    interactive: true,
    autoRemove: false,
    ...changes,
  };
}

export function volume(changes: Partial<VolumeSummary> = {}): VolumeItem {
  const summary = {
    ...{ name: 'data', created: '2026-03-01T00:00:00Z', driver: 'local', options: {}, labels: {} },
    ...{ mountpoint: '/volumes/data/data', anonymous: false, containers: [] },
    ...changes,
  };
  return { ...summary, id: summary.name };
}

export interface Recorded {
  readonly requests: (readonly [method: string, params: unknown])[];
  readonly terminals: TerminalRequest[];
  readonly confirmations: string[];
  readonly offers: Offer<CommandId>[];
  readonly informed: string[];
  readonly hints: string[];
  readonly revealed: Target[];
  readonly copied: string[];
  readonly inspected: Target[];
  readonly changesOf: string[];
  readonly saved: string[];
  readonly picks: PickOptions<unknown>[];
  readonly inputs: InputOptions[];
  /** What the storage page was opened with. */
  readonly reports: (StoreReport | undefined)[];
  /** Texts and fractions of progress. */
  readonly progress: (readonly [text: string, fraction: number | undefined])[];
}

export interface FakeOptions {
  readonly images?: readonly ImageSummary[];
  readonly containers?: readonly ContainerSummary[];
  readonly volumes?: readonly VolumeItem[];
  readonly answers?: Readonly<Record<string, (params: never) => unknown>>;
  /** What every operation tells of itself before its answer, by notification. */
  readonly notified?: readonly (readonly [name: string, value: object])[];
  /** Which of the offered items the person picks, by index. */
  readonly pick?: readonly number[];
  /** What the person types; several answers to several questions in turn. */
  readonly input?: string | readonly string[];
  readonly confirm?: boolean;
  /** The file that the person saves to. */
  readonly file?: string;
  /** What the person chooses in a file dialog. */
  readonly files?: readonly string[];
  readonly selection?: readonly Target[];
  readonly shellProgram?: string;
}

/** Services whose server answers from `answers` and whose person does as told; everything is recorded. */
export function fakeServices(options: FakeOptions = {}): { readonly services: Services; readonly recorded: Recorded } {
  const recorded: Recorded = {
    requests: [],
    terminals: [],
    confirmations: [],
    offers: [],
    informed: [],
    hints: [],
    revealed: [],
    copied: [],
    inspected: [],
    changesOf: [],
    saved: [],
    picks: [],
    inputs: [],
    reports: [],
    progress: [],
  };
  const model = new Model({ onReloadFailed: () => undefined });
  model.images.replaceAll(options.images ?? []);
  model.containers.replaceAll(options.containers ?? []);
  model.volumes.replaceAll(options.volumes ?? []);
  const link = fakeLink((method, params) => {
    recorded.requests.push([method, params]);
    for (const [name, value] of options.notified ?? [])
      link.notify(name, { ...value, operation: (params as { operation?: string }).operation });
    return options.answers?.[method]?.(params as never) ?? {};
  });
  const services: Services = {
    l10n: ENGLISH,
    server: {
      request: (method, params, requestOptions) => link.request(method, params, requestOptions),
      require: () => Promise.resolve(link),
      restart: () => Promise.resolve(),
      failure: undefined,
    },
    model: {
      images: model.images,
      containers: model.containers,
      volumes: model.volumes,
      ready: () => Promise.resolve(),
      reload: () => Promise.resolve(),
    },
    views: {
      selection: () => (options.selection ?? []) as never,
      reveal: (target) => {
        recorded.revealed.push(target);
        return Promise.resolve();
      },
    },
    prompts: fakePrompts(options, recorded),
    terminals: {
      open: (request) => {
        recorded.terminals.push(request);
      },
    },
    documents: {
      openInspect: ({ target }) => {
        recorded.inspected.push(target);
        return Promise.resolve();
      },
      openChanges: ({ id }) => {
        recorded.changesOf.push(id);
        return Promise.resolve();
      },
      openDoctor: () => Promise.resolve(),
      openStorage: (report) => {
        recorded.reports.push(report);
        return Promise.resolve();
      },
    },
    log: { show: () => undefined },
    settings: { shellProgram: () => options.shellProgram ?? '' },
    trust: { isTrusted: true },
  };
  return { services, recorded };
}

/** A connection whose requests are answered by a function; notifications come from `notify`. */
export function fakeLink(answer: (method: string, params: unknown) => unknown): FakeLink {
  const listeners = new Map<string, Set<(value: never) => void>>();
  const lost = new Set<() => void>();
  return {
    handshake: { protocolVersion: 1, productVersion: '0.1.0', pid: 1, client: '/slipway' },
    request: async (method, params) => (await answer(method, params)) as never,
    onNotification(name, listener) {
      const own = listeners.get(name) ?? new Set();
      listeners.set(name, own.add(listener));
      return { dispose: () => own.delete(listener) };
    },
    onLost(listener) {
      lost.add(listener);
      return { dispose: () => lost.delete(listener) };
    },
    close: () => Promise.resolve(),
    notify: (name, value) => {
      for (const listener of listeners.get(name) ?? []) listener(value as never);
    },
    lose: () => {
      for (const listener of lost) listener();
    },
  };
}

export interface FakeLink extends Link {
  readonly notify: (name: string, value: unknown) => void;
  readonly lose: () => void;
}

function fakePrompts(options: FakeOptions, recorded: Recorded): Services['prompts'] {
  return {
    input: (asked) => {
      recorded.inputs.push(asked);
      const { input } = options;
      return Promise.resolve(typeof input === 'object' ? input[recorded.inputs.length - 1] : input);
    },
    suggest: async ({ suggestions }) => {
      const text = typeof options.input === 'string' ? options.input : '';
      const items = await suggestions(text, new AbortController().signal);
      return items[options.pick?.[0] ?? -1]?.value;
    },
    pick: (pickOptions) => {
      recorded.picks.push(pickOptions);
      return Promise.resolve(options.pick?.map((index) => pickOptions.items[index]!.value));
    },
    confirm: ({ message }) => {
      recorded.confirmations.push(message);
      return Promise.resolve(options.confirm ?? true);
    },
    offer: (offer) => {
      recorded.offers.push(offer);
    },
    inform: (message) => {
      recorded.informed.push(message);
    },
    hint: (message) => {
      recorded.hints.push(message);
    },
    progress: (_options, work) => {
      const report = (text: string, fraction?: number): void => void recorded.progress.push([text, fraction]);
      return work({ signal: new AbortController().signal, report });
    },
    copy: (text) => {
      recorded.copied.push(text);
      return Promise.resolve();
    },
    saveFile: ({ name }) => {
      recorded.saved.push(name);
      return Promise.resolve(options.file);
    },
    openFiles: () => Promise.resolve(options.files),
  };
}
