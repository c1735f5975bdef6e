// Makes the starter image (localhost/starter) from Debian's busybox-static: an OCI image layout that the package ships, so
// that the first container runs with no network. The same bytes for the same busybox.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const CREATED = '2026-01-01T00:00:00Z';
const PATHS = ['/bin/busybox', '/usr/bin/busybox'];
const DIRECTORIES = [
  'bin',
  'dev',
  'etc',
  'home',
  'proc',
  'root',
  'run',
  'sys',
  'tmp',
  'usr',
  'usr/bin',
  'var',
  'var/tmp',
];
const FILES = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  'etc/group': 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n',
  'etc/profile': "export PS1='\\u@\\h:\\w\\$ '\n",
};

/** Writes the image layout to `directory` unless it is there and newer than busybox. */
export async function buildStarterImage(directory) {
  const busybox = PATHS.find((path) => existsSync(path));
  if (busybox === undefined) throw new Error('busybox-static is not installed');
  const index = join(directory, 'index.json');
  if (existsSync(index) && statSync(index).mtimeMs > statSync(busybox).ctimeMs) return;
  const layer = await packRootfs(readFileSync(busybox), applets(busybox));
  const temporary = `${directory}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  writeLayout(temporary, layer, busyboxVersion(busybox));
  rmSync(directory, { recursive: true, force: true });
  renameSync(temporary, directory);
}

const applets = (busybox) =>
  execFileSync(busybox, ['--list'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => /^[\w[-]+$/.test(name) && name !== 'busybox');

const busyboxVersion = (busybox) =>
  /v(\S+)/.exec(execFileSync(busybox, ['--help'], { encoding: 'utf8' }))?.[1] ?? 'unknown';

async function packRootfs(busybox, names) {
  const { default: tar } = await import('tar-stream');
  const pack = tar.pack();
  const mtime = new Date(CREATED);
  const base = { uid: 0, gid: 0, mtime };
  for (const name of DIRECTORIES) {
    const mode = name.endsWith('tmp') ? 0o1777 : name === 'root' ? 0o700 : 0o755;
    pack.entry({ ...base, name: `${name}/`, type: 'directory', mode });
  }
  pack.entry({ ...base, name: 'bin/busybox', mode: 0o755 }, busybox);
  for (const name of names)
    pack.entry({ ...base, name: `bin/${name}`, type: 'symlink', linkname: 'busybox', mode: 0o777 });
  pack.entry({ ...base, name: 'usr/bin/env', type: 'symlink', linkname: '../../bin/busybox', mode: 0o777 });
  for (const [name, text] of Object.entries(FILES)) pack.entry({ ...base, name, mode: 0o644 }, text);
  pack.finalize();
  const chunks = [];
  for await (const chunk of pack) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function writeLayout(directory, layer, version) {
  const blobs = join(directory, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (mediaType, bytes) => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    writeFileSync(join(blobs, digest.slice(7)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const json = (mediaType, value) => put(mediaType, Buffer.from(JSON.stringify(value)));
  const layerDescriptor = put('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(layer, { level: 9 }));
  const config = json('application/vnd.oci.image.config.v1+json', imageConfig(layer, version));
  const manifest = json('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [layerDescriptor],
  });
  writeFileSync(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
}

function imageConfig(layer, version) {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return {
    created: CREATED,
    architecture,
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: ['sh', '-l'],
      Labels: {
        'org.opencontainers.image.title': 'Slipway starter',
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.licenses': 'GPL-2.0-only',
      },
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
    history: [{ created: CREATED, created_by: `busybox ${version} (Debian busybox-static)` }],
  };
}
