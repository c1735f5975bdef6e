// The extension's cache of images, containers and volumes: listed once per connection, then fed by pushed events; nobody polls.

import { type EngineEvent } from '../../runtime-server/protocol/events.ts';
import { type ContainerSummary, type ImageSummary } from '../../runtime-server/protocol/models.ts';
import { type VolumeSummary } from '../../runtime-server/protocol/mounts.ts';
import { type Disposable } from '../base/emitter.ts';
import { type Link } from '../server/link.ts';
import { Store, type ReadableStore } from './store.ts';

export interface ReadableModel {
  readonly images: ReadableStore<ImageSummary>;
  readonly containers: ReadableStore<ContainerSummary>;
  readonly volumes: ReadableStore<VolumeItem>;
}

/** A volume, whose id is its name. */
export type VolumeItem = VolumeSummary & { readonly id: string };

const volumeItem = (volume: VolumeSummary): VolumeItem => ({ ...volume, id: volume.name });

type ModelLink = Pick<Link, 'request' | 'onNotification'>;

export interface ModelOptions {
  /** A list that was asked for by the model itself (after a gap in the events) failed. */
  readonly onReloadFailed: (error: unknown) => void;
}

export class Model implements ReadableModel {
  readonly images = new Store<ImageSummary>();
  readonly containers = new Store<ContainerSummary>();
  readonly volumes = new Store<VolumeItem>();
  private readonly onReloadFailed: (error: unknown) => void;
  private link: ModelLink | undefined;
  private subscription: Disposable | undefined;
  private loading: Promise<void> | undefined;
  /** Events that came while a list is under way: its answer may be older than they are. */
  private pending: EngineEvent[] | undefined;
  private last: { readonly epoch: string; readonly sequence: number } | undefined;

  constructor(options: ModelOptions) {
    this.onReloadFailed = options.onReloadFailed;
  }

  /** Takes a new connection; what is known stays on show until {@link Model.load} has listed again. */
  attach(link: ModelLink): void {
    this.subscription?.dispose();
    this.link = link;
    this.last = undefined;
    this.loading = undefined;
    this.pending = undefined;
    this.subscription = link.onNotification('slipway/event', (event) => {
      if (this.link === link) this.receive(event);
    });
  }

  /** Lists once for the present connection; later calls share the first one's answer. */
  load(): Promise<void> {
    return (this.loading ??= this.list());
  }

  /** Lists again. */
  reload(): Promise<void> {
    this.loading = undefined;
    return this.load();
  }

  dispose(): void {
    this.subscription?.dispose();
    this.link = undefined;
    this.images.dispose();
    this.containers.dispose();
    this.volumes.dispose();
  }

  private async list(): Promise<void> {
    const { link } = this;
    if (link === undefined) return;
    const pending: EngineEvent[] = [];
    this.pending = pending;
    try {
      const [images, containers, volumes] = await Promise.all([
        link.request('slipway/images/list', {}),
        link.request('slipway/containers/list', { all: true }),
        link.request('slipway/volumes/list', {}),
      ]);
      // A later list or another connection took over: its answer is the one to wait for.
      if (this.pending !== pending) return await this.loading;
      this.containers.replaceAll(containers);
      this.images.replaceAll(images);
      this.volumes.replaceAll(volumes.map(volumeItem));
      for (const event of pending) this.apply(event);
    } catch (error) {
      if (this.pending === pending) this.loading = undefined;
      throw error;
    } finally {
      if (this.pending === pending) this.pending = undefined;
    }
  }

  private receive(event: EngineEvent): void {
    const { last } = this;
    this.last = { epoch: event.epoch, sequence: event.sequence };
    if (last !== undefined && (last.epoch !== event.epoch || last.sequence + 1 !== event.sequence)) {
      this.reload().catch(this.onReloadFailed);
      return;
    }
    this.pending?.push(event);
    this.apply(event);
  }

  private apply(event: EngineEvent): void {
    switch (event.type) {
      case 'image':
        this.images.put(event.id, event.image);
        break;
      case 'container':
        this.containers.put(event.id, event.container);
        break;
      case 'volume':
        // Who uses it is told by the containers.
        if (event.volume !== undefined) this.volumes.put(event.id, volumeItem(event.volume));
        if (event.action === 'destroy') this.volumes.put(event.id, undefined);
        break;
    }
  }
}
