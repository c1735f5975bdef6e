// What a hostile case is: bad bytes that a registry serves, and what must become of a pull of them. Knows no case.

import type { HostileRegistry } from '../hostile-registry.ts';
import { buildImage, type ImageOptions, type TestDocument, type TestImage, type TestLayer } from '../images.ts';

export const REPOSITORY = 'team/app';
export const MANIFEST = `/v2/${REPOSITORY}/manifests/1`;

/** What is looked at where a case can be coped with. */
export interface Unpacked {
  /** The top layer's directory. */
  readonly fs: string;
  readonly registry: HostileRegistry;
}

/** Refused with words like these, or neutralised: then the check looks at what was made of it. */
export type Outcome = RegExp | ((unpacked: Unpacked) => void);

export interface HostileCase {
  readonly name: string;
  /** Serves it as tag 1 of {@link REPOSITORY}; its top layer's diffID, where it has layers. */
  readonly serve: (registry: HostileRegistry) => Promise<string | undefined> | string | undefined;
  readonly outcome: Outcome;
  /** Where an ordinary user's namespace makes it another. */
  readonly ordinary?: Outcome;
}

/** Serves the image; its top layer's diffID. */
export function serveImage(registry: HostileRegistry, image: TestImage): string | undefined {
  registry.serveImage(REPOSITORY, '1', image);
  return image.layers.at(-1)?.diffId;
}

/** An image of these layers with one thing wrong. */
export function imageCase(
  name: string,
  layers: readonly TestLayer[],
  options: ImageOptions,
  outcome: Outcome,
): HostileCase {
  return { name, outcome, serve: (registry) => serveImage(registry, buildImage(layers, options)) };
}

/** A document in a manifest's place. */
export function documentCase(name: string, document: TestDocument, outcome: Outcome): HostileCase {
  return {
    name,
    outcome,
    serve: (registry) => {
      registry.serveDocument(REPOSITORY, '1', document);
      return undefined;
    },
  };
}
