// An image store and a registry that it pulls from, for tests of what happens to images afterwards.

import { startHostileRegistry, type HostileRegistry } from './hostile-registry.ts';
import { openImageStore, type ImageStore } from './image-store.ts';
import { buildImage, buildLayer, type TestImage } from './images.ts';

/** For removals: no container uses anything. */
export const NOBODY = { usedBy: (): readonly string[] => [] };

export interface Scene extends AsyncDisposable {
  readonly registry: HostileRegistry;
  readonly store: ImageStore;
  pull(image: TestImage, tag: string): Promise<string>;
}

export async function openScene(): Promise<Scene> {
  const registry = await startHostileRegistry();
  const store = await openImageStore();
  return {
    registry,
    store,
    async pull(image, tag) {
      registry.serveImage('team/app', tag, image);
      const reference = `${registry.host}/team/app:${tag}`;
      await store.images.pull(reference);
      return reference;
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

export async function oneLayerImage(content: string): Promise<TestImage> {
  return buildImage([await buildLayer([{ name: 'etc/' }, { name: 'etc/name', content }])]);
}
