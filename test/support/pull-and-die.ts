// A server that pulls once; it kills itself (SIGKILL) at the given progress event, 0 for never: DATA REFERENCE EVENT-NUMBER.

import { createImages } from '../../runtime-server/src/images/create.ts';
import { hostPlatform } from '../../runtime-server/src/oci/platform.ts';
import { createFakeUnpacker } from './fake-unpacker.ts';
import { BIN_DIRECTORY, HAS_LAYER_TOOL } from './image-store.ts';

const [dataDirectory = '', reference = '', moment = '0'] = process.argv.slice(2);
let left = Number(moment);
const images = createImages(
  {
    dataDirectory,
    binDirectory: BIN_DIRECTORY,
    singleId: process.env['SINGLE_ID'] === '1',
    settingsPath: `${dataDirectory}/daemon.json`,
    containerRoots: () => [],
    onChange: () => undefined,
    log: { info: () => undefined, warn: () => undefined },
    hostPlatform: hostPlatform(process.arch),
  },
  HAS_LAYER_TOOL ? {} : { unpacker: createFakeUnpacker() },
);
await images.start();
await images.pull(reference, {
  onProgress: () => {
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  },
});
await images.close();
