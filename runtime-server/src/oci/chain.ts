// ChainIDs (image-spec, config.md#layer-chainid): what a stack of layers is called. Pure.

import { digestOf, type Digest } from './digest.ts';

/** The chainID of a stack of diffIDs, bottom first; undefined for an empty stack. */
export function chainId(diffIds: readonly Digest[]): Digest | undefined {
  return diffIds.reduce<Digest | undefined>(
    (chain, diffId) => (chain === undefined ? diffId : digestOf(`${chain} ${diffId}`)),
    undefined,
  );
}
