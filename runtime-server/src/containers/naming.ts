// How a container finds names: docker's --add-host, --dns, --dns-search, --dns-option; the files of /etc that come of them; and
// what else it says of itself without a network to say it in: --expose. Pure.

import { isIP } from 'node:net';
import type { NamingOptions } from '../../protocol/models.ts';
import { invalidArgument, unsupported } from '../base/errors.ts';
import { array, member, optional, string, type Field } from '../base/validate.ts';

const LISTS = ['extraHosts', 'dns', 'dnsSearch', 'dnsOptions', 'expose'] as const;

/** Reads and checks them. Throws InvalidArgument with docker's words, Unsupported for what needs a network. */
export function readNaming(field: Field): NamingOptions {
  const entries = LISTS.flatMap((name) => {
    const list = optional(member(field, name), (found) => array(found, string)) ?? [];
    return list.length === 0 ? [] : [[name, list.map(CHECKS[name])] as const];
  });
  return Object.fromEntries(entries);
}

/** /etc/hosts. `names`: the container's own, with a space between them. */
export function hostsText(names: string, { extraHosts = [] }: NamingOptions): string {
  const own = ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback', `127.0.1.1\t${names}`];
  const more = extraHosts.map((entry) => {
    const at = entry.indexOf(':');
    return `${entry.slice(at + 1)}\t${entry.slice(0, at)}`;
  });
  return [...own, ...more].map((line) => `${line}\n`).join('');
}

/** /etc/resolv.conf (resolv.conf(5)). */
export function resolvText({ dns = [], dnsSearch = [], dnsOptions = [] }: NamingOptions): string {
  // Docker's word for no search list.
  const search = dnsSearch.filter((domain) => domain !== '.');
  const lines = [
    ...dns.map((server) => `nameserver ${server}`),
    ...(search.length === 0 ? [] : [`search ${search.join(' ')}`]),
    ...(dnsOptions.length === 0 ? [] : [`options ${dnsOptions.join(' ')}`]),
  ];
  if (lines.length === 0) return '# This container has no network but its own loopback.\n';
  return lines.map((line) => `${line}\n`).join('');
}

/** Docker's ExposedPorts: `80/tcp`. */
export function exposedPorts({ expose = [] }: NamingOptions): Readonly<Record<string, unknown>> {
  return Object.fromEntries(expose.flatMap(portsOf).map((port) => [port, {}]));
}

type Check = (text: string) => string;

const CHECKS: Readonly<Record<(typeof LISTS)[number], Check>> = {
  extraHosts: (text) => {
    const [, name = '', address = ''] = /^([^\s:=#]+)[:=](\S+)$/.exec(text) ?? [];
    if (name === '') throw invalidArgument(`bad format for add-host: ${JSON.stringify(text)}`);
    if (address === 'host-gateway')
      throw unsupported('use --add-host with host-gateway: containers have no network yet');
    const bare = /^\[(.*)\]$/.exec(address)?.[1] ?? address;
    if (isIP(bare) === 0) throw invalidArgument(`invalid IP address in add-host: ${JSON.stringify(address)}`);
    return `${name}:${bare}`;
  },
  dns: (text) => {
    if (isIP(text) === 0) throw invalidArgument(`IP address is not correctly formatted: ${text}`);
    return text;
  },
  dnsSearch: (text) => {
    if (text !== '.' && !/^(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?$/.test(text))
      throw invalidArgument(`${JSON.stringify(text)} is not a valid domain`);
    return text;
  },
  dnsOptions: (text) => {
    if (!/^[!-~]+$/.test(text))
      throw invalidArgument(`use --dns-option ${JSON.stringify(text)}: no option of resolv.conf`);
    return text;
  },
  expose: (text) => {
    portsOf(text);
    return text;
  },
};

/** Most ports of one range, so that a short text makes no long answer. */
const MOST_PORTS = 65_536;

/** `80`, `80/udp`, `8000-8010`. */
function portsOf(text: string): readonly string[] {
  const [, from = '', to = from, protocol = 'tcp'] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === '' || first < 1 || last < first || last >= MOST_PORTS)
    throw invalidArgument(`invalid range format for --expose: ${text}`);
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol.toLowerCase()}`);
}
