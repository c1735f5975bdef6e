// What a container may ask of the machine: security, namespaces, devices, limits. Docker's names and forms. Plain data.

/** Limits of the container's cgroup; those that can change while it runs. Bytes, unless said otherwise. */
export interface ResourceLimits {
  readonly memory?: number;
  /** Memory and swap together; -1: any amount of swap. */
  readonly memorySwap?: number;
  readonly memoryReservation?: number;
  /** Billionths of a CPU. */
  readonly nanoCpus?: number;
  /** Relative weight, 2 to 262144. */
  readonly cpuShares?: number;
  /** Microseconds. */
  readonly cpuPeriod?: number;
  /** Microseconds in each period. */
  readonly cpuQuota?: number;
  /** `0-2,4`. */
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  /** 0 or -1: none. */
  readonly pidsLimit?: number;
  /** Relative weight, 10 to 1000; 0: none. */
  readonly blkioWeight?: number;
  readonly blkioWeightDevice?: readonly DeviceRate[];
  readonly deviceReadBps?: readonly DeviceRate[];
  readonly deviceWriteBps?: readonly DeviceRate[];
  readonly deviceReadIops?: readonly DeviceRate[];
  readonly deviceWriteIops?: readonly DeviceRate[];
}

/** A block device of the host, and its weight or its rate in each second. */
export interface DeviceRate {
  readonly path: string;
  readonly rate: number;
}

/** A device node of the host, or a folder of them, made visible in the container. */
export interface DeviceMapping {
  readonly pathOnHost: string;
  readonly pathInContainer: string;
  readonly permissions: string;
}

export interface Ulimit {
  /** `nofile`, as setrlimit(2) has it without RLIMIT_. */
  readonly name: string;
  /** -1: unlimited. */
  readonly soft: number;
  readonly hard: number;
}

/** All of it is optional: what is absent is as in docker without the option. */
export interface HostOptions extends ResourceLimits {
  /** With or without CAP_, any case, or ALL. */
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  readonly privileged?: boolean;
  /** `no-new-privileges[:true|false]`, `seccomp=unconfined|builtin|JSON`, `apparmor=NAME`, `label=…`, `systempaths=unconfined`. */
  readonly securityOpt?: readonly string[];
  readonly readonlyRootfs?: boolean;
  /** Mount options by path. */
  readonly tmpfs?: Readonly<Record<string, string>>;
  readonly shmSize?: number;
  /** Names or ids, looked up in the container. */
  readonly groupAdd?: readonly string[];
  readonly devices?: readonly DeviceMapping[];
  readonly ulimits?: readonly Ulimit[];
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly oomScoreAdj?: number;
  readonly pidMode?: 'host';
  readonly ipcMode?: 'host' | 'private' | 'shareable' | 'none';
  readonly utsMode?: 'host';
  readonly cgroupnsMode?: 'host' | 'private';
  readonly domainname?: string;
}
