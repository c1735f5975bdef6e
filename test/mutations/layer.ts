// The layer tool's defences (native/src/layer) and those around it, as table.ts describes them.
import type { Mutation, Rows } from './mutation.ts';

const of =
  (file: string, test: string): Rows =>
  (name, text, without, pattern) => ({ name: `layer: ${name}`, file, text, without, test, pattern });
const layer = (file: string, testFile = 'test/native/layer/hostile.test.ts'): Rows =>
  of(`native/src/layer/${file}`, testFile);
const UNPACK = 'test/native/layer/unpack.test.ts';
const PACK = 'test/native/layer/pack.test.ts';
const STACK = 'test/native/layer/stack.test.ts';

export const LAYER: readonly Mutation[] = [
  layer('root.c')(
    '".." is refused',
    "if (length == 2 && at[0] == '.' && at[1] == '.') return",
    'if (length > TAR_NAME) return',
    'refuses "\\.\\."',
  ),
  layer('root.c')(
    'links stay inside',
    '.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,',
    '.resolve = 0,',
    'follows links, but never out|links to nothing outside',
  ),
  layer('root.c')(
    'walking goes through no link',
    'int fd = openat(walk->fd, component, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);\n    if (fd < 0) return layer_errno(err, STEP, walk->name);',
    'int fd = S_ISLNK(0) ? -1 : openat(walk->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);\n    (void)component;\n    if (fd < 0) return layer_errno(err, STEP, walk->name);',
    'follows links, but never out|directories without entries',
  ),
  layer('root.c')(
    'links in circles',
    'if (++walk->links > LINKS_MAX)',
    'if (++walk->links > 1 << 30)',
    'loops and too much',
  ),
  layer('root.c')(
    'directories without entries',
    '#define IMPLIED_MAX (4u << 20)',
    '#define IMPLIED_MAX (400u << 20)',
    'directories without entries',
  ),
  layer('root.c')(
    'whiteouts in names',
    'if (whiteout) return refuse(err, archived, "a whiteout in the middle of a name");',
    '(void)whiteout;',
    'whiteout|looks like',
  ),
  layer('apply.c')(
    'a file replaces a link',
    'O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC',
    'O_WRONLY | O_CREAT | O_CLOEXEC',
    'instead of writing through',
  ),
  layer('apply.c')(
    'hard links stay inside',
    'return root_openat(apply->root.fd, parent, O_PATH | O_DIRECTORY);',
    'return openat(apply->root.fd, parent, O_PATH | O_DIRECTORY | O_CLOEXEC);',
    'links to nothing outside',
  ),
  layer('apply.c')(
    'no device is a whiteout',
    'if (device && entry->major == 0 && entry->minor == 0)',
    'if (device && entry->major < 0 && entry->minor < 0)',
    'no device that is none',
  ),
  layer('apply.c', UNPACK)(
    'devices are left out in a namespace',
    'if (result < 0 && errno == EPERM && device) return 0;',
    '',
    'leaves devices out',
  ),
  of('native/src/common/xattrs.c', 'test/native/layer/hostile.test.ts')(
    'overlay’s attributes are dropped',
    'if (strncmp(name, "user.overlay.", 13) == 0 || strncmp(name, "trusted.overlay.", 16) == 0) return false;',
    '',
    'own attributes',
  ),
  layer('attributes.c')(
    'owners out of range',
    'if (squash_ids || (entry->uid >= 0',
    'if (squash_ids || err != NULL || (entry->uid >= 0',
    'owners that are none',
  ),
  layer('attributes.c', UNPACK)(
    'unmapped owners',
    'if (errno != EINVAL) return layer_errno(err, "set owner", entry->name);',
    'if (errno == EINVAL) return 0;',
    'owners outside of it',
  ),
  layer('tar.h')(
    'huge headers',
    '#define TAR_HEADER_MAX (1u << 20)',
    '#define TAR_HEADER_MAX (64u << 20)',
    'refuses huge headers',
  ),
  layer('tar_header.c')(
    'checksums',
    'if (!checksum_is_right(block)) return -1;',
    '(void)checksum_is_right;',
    'wrong headers',
  ),
  layer('tar_header.c')(
    'negative sizes',
    'if (header->size < 0 || header->real_size < 0) return -1;',
    '',
    'wrong headers',
  ),
  layer('decode.h')(
    'expansion has a ratio',
    '#define DECODE_RATIO 200u',
    '#define DECODE_RATIO 200000000u',
    'what a small blob may become',
  ),
  layer('space.c')(
    'inodes are left to others',
    'return fs->f_files > 0 && fs->f_favail <= reserve(fs->f_files, FILES_LEFT);',
    'return fs->f_files > 0 && fs->f_favail == 0;',
    'none for others',
  ),
  of('runtime-server/src/base/fs.ts', 'test/unit/base/fs.test.ts')(
    'what is too deep is removed',
    'child.length < PATH_FAR ?',
    'child.length < 2 ** 30 ?',
    'deeper than any path',
  ),
  layer('decode.c')(
    'the caller’s limit',
    'if (decode->out_size > decode->max_size) {',
    'if (decode->out_size > UINT64_MAX - 1) {',
    'caller’s limit',
  ),
  layer('decode_zstd.c')(
    'memory of a zstd frame',
    'ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);',
    'ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX + 4);',
    'zstd frame may ask',
  ),
  layer('decode_zstd.c')(
    'cut zstd',
    'if (hint != 0) return layer_fail',
    'if (hint == (size_t)-1) return layer_fail',
    'in and after compressed|cut archive',
  ),
  layer('decode_gzip.c')(
    'garbage after gzip',
    'if (result < 0) return',
    'if (result < -1000) return',
    'in and after compressed',
  ),
  layer('decode_gzip.c')(
    'cut gzip',
    'else if (more == 0 && in == state->avail_in && out == state->avail_out) {',
    'else if (more == 0 && in == state->avail_in && out == state->avail_out) {\n            if (in == 0) break;',
    'in and after compressed|cut archive',
  ),
  layer('source.c')(
    'one byte too many',
    'if (source->size > source->expected) {',
    'if (source->size > UINT64_MAX - 1) {',
    'one byte too many',
  ),
  layer('unpack.c')(
    'the digest',
    'strcmp(options->digest, source->digest) != 0) {',
    'strcmp(options->digest, source->digest) > 1000) {',
    'another digest',
  ),
  layer('unpack.c', 'test/contract/layers/unpacker.test.ts')(
    'the diffID',
    'strcmp(options->diff_id, pipeline->hasher.digest) != 0) {',
    'strcmp(options->diff_id, pipeline->hasher.digest) > 1000) {',
    'says what is wrong',
  ),
  layer('node.c', STACK)(
    'packing follows no link',
    'openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)',
    'openat(parent, name, O_PATH | O_CLOEXEC)',
    'is not followed',
  ),
  layer('gather_file.c', PACK)(
    'a file that shrinks',
    'if (got == 0) return tar_write_zeros(&gather->writer, end - offset);',
    'if (got == 0) return 0;',
    'while it is read',
  ),
  layer('gather.c', PACK)(
    'no file packed as a whiteout',
    'if (!gather->merged && whiteout_is(name)) return skip(gather, err);',
    '',
    'can’t hold',
  ),
  layer('stack.c', STACK)(
    'opaque directories hide those below',
    "child->covered = child->directories[child->count - 1].mark == 'y';",
    '',
    'what overlayfs shows',
  ),
  of('runtime-server/src/layers/bench.ts', 'test/integration/images/greedy.test.ts')(
    'no larger than the free space',
    'return bavail * bsize;',
    'return bavail * bsize * 1000;',
    'what there is space for',
  ),
  of('runtime-server/src/layers/unpack-layer.ts', 'test/integration/images/greedy.test.ts')(
    'nothing of it is left',
    '    if (!keep) await clearBench(job, bench);',
    '    if (keep) await clearBench(job, bench);',
    'leaves nothing',
  ),
];
