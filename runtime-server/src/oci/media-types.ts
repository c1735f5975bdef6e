// The media types of images, OCI's and Docker's, and what each of them is. Pure.

export const MEDIA = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerLayerZstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
} as const;

const INDEXES: ReadonlySet<string> = new Set([MEDIA.ociIndex, MEDIA.dockerIndex]);
const MANIFESTS: ReadonlySet<string> = new Set([MEDIA.ociManifest, MEDIA.dockerManifest]);
const CONFIGS: ReadonlySet<string> = new Set([MEDIA.ociConfig, MEDIA.dockerConfig]);
const LAYERS: ReadonlySet<string> = new Set([
  MEDIA.ociLayer,
  MEDIA.ociLayerGzip,
  MEDIA.ociLayerZstd,
  MEDIA.dockerLayer,
  MEDIA.dockerLayerGzip,
  MEDIA.dockerLayerZstd,
]);

/** What to ask a registry for: everything {@link isIndex} and {@link isManifest} know. */
export const ACCEPTED_MANIFESTS: readonly string[] = [...MANIFESTS, ...INDEXES];

export function isIndex(mediaType: string): boolean {
  return INDEXES.has(mediaType);
}

export function isManifest(mediaType: string): boolean {
  return MANIFESTS.has(mediaType);
}

export function isImageConfig(mediaType: string): boolean {
  return CONFIGS.has(mediaType);
}

/** A layer whose content the registry itself holds. */
export function isLayer(mediaType: string): boolean {
  return LAYERS.has(mediaType);
}

const OCI_LAYERS: Readonly<Record<string, string>> = {
  [MEDIA.dockerLayer]: MEDIA.ociLayer,
  [MEDIA.dockerLayerGzip]: MEDIA.ociLayerGzip,
  [MEDIA.dockerLayerZstd]: MEDIA.ociLayerZstd,
};

/** OCI's name for the type of a layer of either kind. */
export function ociLayerType(mediaType: string): string {
  return OCI_LAYERS[mediaType] ?? mediaType;
}

/** A layer to be fetched from addresses the manifest names (Windows base images). */
export function isForeignLayer(mediaType: string): boolean {
  return (
    mediaType.startsWith('application/vnd.docker.image.rootfs.foreign.diff.tar') ||
    mediaType.startsWith('application/vnd.oci.image.layer.nondistributable.v1.tar')
  );
}

/** Docker's first manifest format, which no registry of today should send. */
export function isSchema1(mediaType: string): boolean {
  return /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/.test(mediaType);
}
