// Descriptors (image-spec, descriptor.md): what points at a blob. Pure.

import { array, compact, count, expected, member, optional, record, string, type Field } from '../base/validate.ts';
import { digestField, type Digest } from './digest.ts';
import { platformField, type Platform } from './platform.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** In an index only. */
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Foreign layers; never fetched. */
  readonly urls?: readonly string[];
}

export function descriptorField(field: Field): Descriptor {
  return compact({
    mediaType: mediaTypeField(member(field, 'mediaType')),
    digest: digestField(member(field, 'digest')),
    size: count(member(field, 'size')),
    platform: optional(member(field, 'platform'), platformField),
    annotations: optional(member(field, 'annotations'), (item) => record(item, string)),
    urls: optional(member(field, 'urls'), (item) => array(item, string)),
  });
}

/** A media type in the form of RFC 6838. */
export function mediaTypeField(field: Field): string {
  const text = string(field);
  if (text.length > 255 || !/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(text)) throw expected(field, 'a media type');
  return text;
}
