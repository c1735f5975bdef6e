// Defences and how to take each away: a patch of one file's text, and the test that must fail then. `npm run
// test:mutations` carries them out; test/rules/mutations.test.ts keeps their texts true.
import { CLI } from './cli.ts';
import { CONTAINERS } from './containers.ts';
import { EXTENSION } from './extension.ts';
import { IMAGES } from './images.ts';
import { LAYER } from './layer.ts';
import type { Mutation } from './mutation.ts';
import { REGISTRY } from './registry.ts';
import { RESOURCES } from './resources.ts';
import { RUNTIME } from './runtime.ts';
import { SNAPSHOTS } from './snapshots.ts';
import { STREAMS } from './streams.ts';
import { VOLUMES } from './volumes.ts';

export const MUTATIONS: readonly Mutation[] = [
  ...RUNTIME,
  ...RESOURCES,
  ...LAYER,
  ...REGISTRY,
  ...IMAGES,
  ...CONTAINERS,
  ...EXTENSION,
  ...CLI,
  ...SNAPSHOTS,
  ...STREAMS,
  ...VOLUMES,
];
