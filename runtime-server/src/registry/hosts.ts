// Which addresses a registry has, and which hosts may be spoken to without TLS. Pure functions of the settings.

import { BlockList, isIP } from 'node:net';
import { DEFAULT_REGISTRY } from '../oci/reference.ts';
import type { RegistrySettings } from './settings.ts';

/** One base address to try. */
export interface Endpoint {
  /** `https://registry-1.docker.io`, no slash at the end. */
  readonly base: URL;
  /** Under which host's name credentials are kept. */
  readonly host: string;
  readonly mirror: boolean;
}

const DOCKER_HUB = 'registry-1.docker.io';
const HUB_SEARCH = 'index.docker.io';

/** Where a registry's repositories are asked for, in order: mirrors (of docker.io only), then the registry itself. */
export function endpointsOf(registry: string, settings: RegistrySettings): readonly Endpoint[] {
  if (registry !== DEFAULT_REGISTRY) return addressesOf(registry, settings);
  const mirrors = settings.mirrors.map((base) => ({ base, host: base.host, mirror: true }));
  return [...mirrors, { base: new URL(`https://${DOCKER_HUB}`), host: registry, mirror: false }];
}

/** Where Docker Hub's search is asked for: mirrors may have it, too. */
export function hubSearchEndpoints(settings: RegistrySettings): readonly Endpoint[] {
  const mirrors = endpointsOf(DEFAULT_REGISTRY, settings).filter(({ mirror }) => mirror);
  return [...mirrors, { base: new URL(`https://${HUB_SEARCH}`), host: DEFAULT_REGISTRY, mirror: false }];
}

// A host that may go without TLS is still asked with it first.
function addressesOf(host: string, settings: RegistrySettings): readonly Endpoint[] {
  const schemes = isInsecure(new URL(`https://${host}`), settings) ? ['https', 'http'] : ['https'];
  return schemes.map((scheme) => ({ base: new URL(`${scheme}://${host}`), host, mirror: false }));
}

/** True where a certificate need not be verified and plain http is allowed: loopback and what the settings list. */
export function isInsecure(url: URL, settings: RegistrySettings): boolean {
  return isLoopback(url) || settings.insecure.some((entry) => matches(entry, url));
}

/** True where plain http may be used: also the mirrors that the settings name with http. */
export function allowsHttp(url: URL, settings: RegistrySettings): boolean {
  return (
    isInsecure(url, settings) ||
    settings.mirrors.some((mirror) => mirror.protocol === 'http:' && mirror.host === url.host)
  );
}

export function isLoopback(url: URL): boolean {
  const name = bareName(url);
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    (isIP(name) === 4 && name.startsWith('127.'))
  );
}

/** True when the text can stand in `insecure-registries`: `host`, `host:port`, `10.0.0.0/8`. */
export function isInsecureEntry(entry: string): boolean {
  if (entry.includes('/')) return subnet(entry) !== undefined;
  return URL.canParse(`https://${entry}`) && new URL(`https://${entry}`).pathname === '/' && !/[\s@?#]/.test(entry);
}

function matches(entry: string, url: URL): boolean {
  if (entry.includes('/')) {
    const name = bareName(url);
    const family = isIP(name);
    return family !== 0 && (subnet(entry)?.check(name, family === 4 ? 'ipv4' : 'ipv6') ?? false);
  }
  // The https form keeps a written :80 and drops a written :443, as the url of either scheme must be compared.
  const wanted = new URL(`https://${entry}`);
  return wanted.hostname === url.hostname && (!hasPort(entry) || portOf(entry) === effectivePort(url));
}

function hasPort(entry: string): boolean {
  return /:\d+$/.test(entry);
}

function portOf(entry: string): string {
  return /:(\d+)$/.exec(entry)?.[1] ?? '';
}

function effectivePort(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

function subnet(entry: string): BlockList | undefined {
  const [address = '', bits = ''] = entry.split('/', 2);
  const family = isIP(address);
  const prefix = Number(bits);
  if (family === 0 || !/^\d{1,3}$/.test(bits) || prefix > (family === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return list;
}

function bareName(url: URL): string {
  return url.hostname.replace(/^\[(.+)\]$/, '$1').replace(/\.$/, '');
}
