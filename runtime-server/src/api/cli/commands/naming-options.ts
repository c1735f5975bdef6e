// The options of run and create about names, ports and notes: what they mean is containers/naming.ts's affair; and those that need
// what there is not, refused by name with the reason.

import type { CreateOptions } from '../../../../protocol/models.ts';
import { unsupported } from '../../../base/errors.ts';
import type { OptionSpec, ParsedOptions } from '../options.ts';

const list = (long: string, placeholder: string, help: string): OptionSpec => ({
  long,
  kind: 'list',
  placeholder,
  help,
});

const NO_NETWORK = 'containers have no network but their loopback yet';
const STREAMS = 'both streams are attached; redirect the one that is not wanted';

/** Docker's options that can't be kept. */
const REFUSED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['publish', 'ip', 'ip6', 'link-local-ip', 'mac-address', 'network-alias', 'publish-all', 'link'].map((long) => [
      long,
      NO_NETWORK,
    ]),
  ),
  attach: STREAMS,
  gpus: 'there is no driver for them; give each device with --device',
  'storage-opt': 'the disk’s space is shared by all containers',
  runtime: 'there is one runtime, its own',
  isolation: 'it is for Windows',
};

const SHORT: Readonly<Record<string, string>> = { publish: 'p', 'publish-all': 'P', attach: 'a' };

/** What a person may give because it is what there is anyway. */
const HARMLESS: readonly string[] = ['default', 'slipway', 'false'];

export const NAMING_OPTIONS: readonly OptionSpec[] = [
  list('add-host', 'NAME:IP', 'Add a line to /etc/hosts'),
  list('dns', 'IP', 'A name server of /etc/resolv.conf'),
  list('dns-search', 'DOMAIN', 'A domain that short names are looked up in'),
  list('dns-option', 'OPTION', 'An option of /etc/resolv.conf'),
  { ...list('dns-opt', 'OPTION', ''), hidden: true },
  list('expose', 'PORT[/udp]', 'Say that it listens there'),
  list('annotation', 'KEY=VALUE', 'Add an annotation to its OCI configuration'),
  { long: 'disable-content-trust', kind: 'flag', help: '', hidden: true },
  ...Object.keys(REFUSED).map((long): OptionSpec => ({
    long,
    ...(SHORT[long] === undefined ? {} : { short: SHORT[long] }),
    kind: long === 'publish-all' ? 'flag' : 'list',
    help: '',
    hidden: true,
  })),
];

/** What was asked for. Throws Unsupported for what can't be kept. */
export function namingOptions(options: ParsedOptions): Pick<CreateOptions, 'naming' | 'annotations'> {
  for (const [long, reason] of Object.entries(REFUSED))
    if (options.list(long).some((value) => !HARMLESS.includes(value))) throw unsupported(`use --${long}: ${reason}`);
  const naming = {
    extraHosts: options.list('add-host'),
    dns: options.list('dns'),
    dnsSearch: options.list('dns-search'),
    dnsOptions: [...options.list('dns-option'), ...options.list('dns-opt')],
    expose: options.list('expose'),
  };
  const annotations = options.list('annotation').map((entry): readonly [string, string] => {
    const at = entry.indexOf('=');
    return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
  });
  return {
    ...(Object.values(naming).every((given) => given.length === 0) ? {} : { naming }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  };
}
