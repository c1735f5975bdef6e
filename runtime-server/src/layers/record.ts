// <data>/layers/<key>/done.json: what is known of an unpacked layer. Its presence means that the layer is complete.

import { EngineError } from '../base/errors.ts';
import { formatJson, parseJson } from '../base/json.ts';
import { boolean, count, member, root, string } from '../base/validate.ts';
import { digestField, hexOf, type Digest } from '../oci/digest.ts';

export interface LayerRecord {
  readonly diffId: Digest;
  /** Bytes of the uncompressed archive. */
  readonly diffSize: number;
  readonly entries: number;
  /** Bytes of file content. */
  readonly bytes: number;
  /** Known to be on the disk: a syncfs came after it. */
  readonly durable: boolean;
  /** The boot in which it was unpacked: what is not durable and older than that may be incomplete. */
  readonly bootId: string;
}

/**
 * The name of a layer's directory. Most layers stand for themselves; one that took something from the layers below it
 * (`parents`: their chainID) is another one over other parents.
 */
export function layerKey(diffId: Digest, parents?: Digest): string {
  return parents === undefined ? hexOf(diffId) : `${hexOf(diffId)}-${hexOf(parents)}`;
}

export function isLayerKey(name: string): boolean {
  return /^[a-f0-9]{64}(?:-[a-f0-9]{64})?$/.test(name);
}

export function formatRecord(record: LayerRecord): string {
  return formatJson(record);
}

/** The record, or undefined when the text is damaged: then the layer counts as not there. */
export function parseRecord(text: Uint8Array): LayerRecord | undefined {
  try {
    const document = root(parseJson(text, 'done.json'));
    return {
      diffId: digestField(member(document, 'diffId')),
      diffSize: count(member(document, 'diffSize')),
      entries: count(member(document, 'entries')),
      bytes: count(member(document, 'bytes')),
      durable: boolean(member(document, 'durable')),
      bootId: string(member(document, 'bootId')),
    };
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}
