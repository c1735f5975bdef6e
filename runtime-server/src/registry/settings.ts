// The settings for registries: daemon.json's keys about them, and how strictly they are read. Knows no file.

import { invalidArgument } from '../base/errors.ts';
import { array, expected, member, optional, string, type Field } from '../base/validate.ts';
import { isInsecureEntry } from './hosts.ts';

export interface RegistrySettings {
  /** Mirrors of docker.io, in the order to try them. */
  readonly mirrors: readonly URL[];
  /** `host`, `host:port` or a subnet: plain http and unverified certificates are allowed there. */
  readonly insecure: readonly string[];
}

/** The document's keys for registries; the others are left to others. Throws InvalidArgument that names the key. */
export function readRegistrySettings(document: Field): RegistrySettings {
  return {
    mirrors: optional(member(document, 'registry-mirrors'), (field) => array(field, mirrorField)) ?? [],
    insecure: optional(member(document, 'insecure-registries'), (field) => array(field, insecureField)) ?? [],
  };
}

function mirrorField(field: Field): URL {
  const text = string(field);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw expected(field, 'an http or https address');
  if (url.username !== '' || url.password !== '') {
    throw invalidArgument(`${field.path}: user name and password can't be part of the address`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw expected(field, 'an address without path (`https://mirror.example`)');
  }
  return url;
}

function insecureField(field: Field): string {
  const text = string(field);
  if (/^https?:\/\//.test(text)) throw expected(field, 'a host without http:// or https://');
  if (!isInsecureEntry(text)) throw expected(field, 'a host, host:port or subnet');
  return text;
}
