// Every command with its handler, and which of them an untrusted workspace may not run.

import { type CommandId, type CommandTable } from '../contributions.ts';
import { attachContainer } from './attach-container.ts';
import { changeLimits } from './change-limits.ts';
import { commitContainer, exportContainer, showChanges } from './container-files.ts';
import { copyContainerId, copyImageId } from './copy-id.ts';
import { importImage } from './import-image.ts';
import { inspectContainer, inspectImage } from './inspect.ts';
import { killContainer } from './kill-container.ts';
import { logIn, logOut } from './logins.ts';
import { showProcesses, showStats } from './look-inside.ts';
import { loadImages } from './load-images.ts';
import { openShell } from './open-shell.ts';
import { pauseContainer, unpauseContainer } from './pause-container.ts';
import { pruneContainers, pruneImages } from './prune.ts';
import { pullImage } from './pull-image.ts';
import { pushImage } from './push-image.ts';
import { refreshContainers, refreshImages, refreshVolumes } from './refresh.ts';
import { removeContainer } from './remove-container.ts';
import { removeImage } from './remove-image.ts';
import { forkContainer, rewindContainer, snapshotContainer } from './snapshots.ts';
import { renameContainer } from './rename-container.ts';
import { restartContainer } from './restart-container.ts';
import { restoreContainer } from './restore-container.ts';
import { runImage } from './run-image.ts';
import { runImageInteractive } from './run-image-interactive.ts';
import { runStarter } from './run-starter.ts';
import { saveImage } from './save-image.ts';
import { searchImages } from './search-images.ts';
import { type Services } from './services.ts';
import { showLogs } from './show-logs.ts';
import { startContainer } from './start-container.ts';
import { stopContainer } from './stop-container.ts';
import { checkStorage, repairStorage, showUsage } from './storage.ts';
import { copyVolumeName, createVolume, inspectVolume, pruneVolumes, removeVolume } from './volumes.ts';
import { restartServer, showDoctor, showEvents, showLog } from './system.ts';

export function commandTable(services: Services): CommandTable {
  return {
    'slipway.images.pull': pullImage(services),
    'slipway.images.search': searchImages(services),
    'slipway.images.run': runImage(services),
    'slipway.images.runInteractive': runImageInteractive(services),
    'slipway.images.push': pushImage(services),
    'slipway.images.remove': removeImage(services),
    'slipway.images.inspect': inspectImage(services),
    'slipway.images.copyId': copyImageId(services),
    'slipway.images.save': saveImage(services),
    'slipway.images.load': loadImages(services),
    'slipway.images.import': importImage(services),
    'slipway.images.prune': pruneImages(services),
    'slipway.images.refresh': refreshImages(services),
    'slipway.containers.shell': openShell(services),
    'slipway.containers.attach': attachContainer(services),
    'slipway.containers.start': startContainer(services),
    'slipway.containers.stop': stopContainer(services),
    'slipway.containers.restart': restartContainer(services),
    'slipway.containers.kill': killContainer(services),
    'slipway.containers.rename': renameContainer(services),
    'slipway.containers.snapshot': snapshotContainer(services),
    'slipway.containers.fork': forkContainer(services),
    'slipway.containers.rewind': rewindContainer(services),
    'slipway.containers.pause': pauseContainer(services),
    'slipway.containers.unpause': unpauseContainer(services),
    'slipway.containers.changeLimits': changeLimits(services),
    'slipway.containers.commit': commitContainer(services),
    'slipway.containers.export': exportContainer(services),
    'slipway.containers.changes': showChanges(services),
    'slipway.containers.remove': removeContainer(services),
    'slipway.containers.restore': restoreContainer(services),
    'slipway.containers.logs': showLogs(services),
    'slipway.containers.processes': showProcesses(services),
    'slipway.containers.stats': showStats(services),
    'slipway.containers.inspect': inspectContainer(services),
    'slipway.containers.copyId': copyContainerId(services),
    'slipway.containers.prune': pruneContainers(services),
    'slipway.containers.refresh': refreshContainers(services),
    'slipway.volumes.create': createVolume(services),
    'slipway.volumes.inspect': inspectVolume(services),
    'slipway.volumes.copyName': copyVolumeName(services),
    'slipway.volumes.remove': removeVolume(services),
    'slipway.volumes.prune': pruneVolumes(services),
    'slipway.volumes.refresh': refreshVolumes(services),
    'slipway.registries.login': logIn(services),
    'slipway.registries.logout': logOut(services),
    'slipway.system.doctor': showDoctor(services),
    'slipway.system.events': showEvents(services),
    'slipway.system.usage': showUsage(services),
    'slipway.system.check': checkStorage(services),
    'slipway.system.repair': repairStorage(services),
    'slipway.system.restartServer': restartServer(services),
    'slipway.system.showLog': showLog(services),
    'slipway.starter.run': runStarter(services),
  };
}

/** These run a program in a container, so an untrusted workspace gets none of them. */
export const NEEDS_TRUST: ReadonlySet<CommandId> = new Set<CommandId>([
  'slipway.images.run',
  'slipway.images.runInteractive',
  'slipway.containers.shell',
  'slipway.containers.attach',
  'slipway.containers.start',
  'slipway.containers.restart',
  'slipway.starter.run',
]);
