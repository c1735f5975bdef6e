// Docker's NetworkSettings of a container: it has a loopback device and nothing else. Pure.

/** The network `none`, under the names that scripts look for. */
export function inspectNetwork(): Record<string, unknown> {
  const nowhere = {
    EndpointID: '',
    Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    MacAddress: '',
  };
  return {
    Bridge: '',
    SandboxID: '',
    SandboxKey: '',
    Ports: {},
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    ...nowhere,
    Networks: {
      none: {
        IPAMConfig: null,
        Links: null,
        Aliases: null,
        ...nowhere,
        DriverOpts: null,
        NetworkID: '',
        DNSNames: null,
      },
    },
  };
}
