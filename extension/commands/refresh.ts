// slipway.images.refresh, slipway.containers.refresh and slipway.volumes.refresh: lists again, for whoever doubts what is on show.

import { VIEW, type ViewId } from '../contributions.ts';
import { type Services } from './services.ts';

export function refreshView({ model, prompts }: Services, view: ViewId): () => Promise<void> {
  return () => prompts.progress({ view }, () => model.reload());
}

export const refreshImages = (services: Services): (() => Promise<void>) => refreshView(services, VIEW.images);
export const refreshContainers = (services: Services): (() => Promise<void>) => refreshView(services, VIEW.containers);
export const refreshVolumes = (services: Services): (() => Promise<void>) => refreshView(services, VIEW.volumes);
