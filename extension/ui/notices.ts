// Message boxes: failures with the buttons that mend them, and what the session has to say. Never the same one twice.

import { commands, l10n, window, type LogOutputChannel } from 'vscode';
import { failureText, toFailure, type Failure } from '../base/failure.ts';
import { type CommandId } from '../contributions.ts';
import { type SessionProblem } from '../session.ts';
import { failureActions, type FailureAction } from './failure-actions.ts';
import { showOnce } from './once.ts';

export interface Notices {
  /** Tells about a failed command; cancelled and already told ones are passed over. */
  failed(error: unknown, doing: string, remedies?: RemedyActions): void;
  session(problem: SessionProblem): void;
  /** The workspace is not trusted, and the command would run a program. */
  untrusted(): void;
}

/** What the buttons of a failure can do beyond showing doctor and log. */
export interface RemedyActions {
  readonly retry?: () => void;
  /** Asks the person for something else than they typed. */
  readonly correct?: () => void;
}

interface Button {
  readonly title: string;
  readonly run: () => void;
}

export function createNotices(log: LogOutputChannel): Notices {
  const once = showOnce((error) => {
    log.error('A message could not be shown.', error);
  });
  const show = (kind: 'error' | 'warning', message: string, buttons: readonly Button[]): void => {
    const titles = buttons.map(({ title }) => title);
    once(message, async () => {
      const open = kind === 'error' ? window.showErrorMessage : window.showWarningMessage;
      const chosen = await open(message, ...titles);
      buttons.find(({ title }) => title === chosen)?.run();
    });
  };
  const failed: Notices['failed'] = (error, doing, remedies = {}) => {
    const causes: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    for (const cause of causes) {
      const failure = toFailure(cause, doing);
      if (failure === undefined) continue;
      log.error(failureText(failure));
      show('error', failureText(failure), failureButtons(failure, remedies));
    }
  };
  return {
    failed,
    session: (problem) => {
      const { kind, message, buttons } = sessionNotice(problem);
      log.warn(message);
      show(kind, message, buttons);
    },
    untrusted: () => {
      show('warning', l10n.t('Containers can’t be run in a workspace that is not trusted.'), [
        { title: l10n.t('Manage Trust'), run: () => void commands.executeCommand('workbench.trust.manage') },
      ]);
    },
  };
}

function failureButtons({ code }: Failure, { retry, correct }: RemedyActions): readonly Button[] {
  const buttons: Readonly<Record<FailureAction, Button>> = {
    retry: { title: l10n.t('Try Again'), run: () => retry?.() },
    correct: { title: l10n.t('Change Name…'), run: () => correct?.() },
    login: button(l10n.t('Log In…'), 'slipway.registries.login'),
    doctor: doctorButton(),
    log: logButton(),
  };
  const remedies = { retry: retry !== undefined, correct: correct !== undefined };
  return failureActions(code, remedies).map((action) => buttons[action]);
}

interface SessionNotice {
  readonly kind: 'error' | 'warning';
  readonly message: string;
  readonly buttons: readonly Button[];
}

function sessionNotice(problem: SessionProblem): SessionNotice {
  switch (problem.kind) {
    case 'unsupported':
      return {
        kind: 'warning',
        message: l10n.t(
          'Slipway runs containers on Linux only. Open a folder through WSL or SSH and install it there.',
        ),
        buttons: [],
      };
    case 'start':
      return {
        kind: 'error',
        message: failureSentence(problem.error, 'start the Slipway server'),
        buttons: [restartButton(l10n.t('Try Again')), doctorButton(), logButton()],
      };
    case 'mismatch':
      return {
        kind: 'warning',
        message: l10n.t(
          'The Slipway server that is running belongs to another version of the extension. Containers keep running while it is restarted.',
        ),
        buttons: [restartButton(l10n.t('Restart Server'))],
      };
    case 'restarted':
      return {
        kind: 'warning',
        message: l10n.t('The Slipway server ended unexpectedly and was started again. Containers kept running.'),
        buttons: [logButton()],
      };
    case 'lost':
      return {
        kind: 'error',
        message: failureSentence(problem.error, 'restart the Slipway server'),
        buttons: [restartButton(l10n.t('Restart Server')), doctorButton(), logButton()],
      };
  }
}

function failureSentence(error: unknown, doing: string): string {
  const failure = toFailure(error, doing);
  return failure === undefined ? doing : failureText(failure);
}

const button = (title: string, command: CommandId): Button => ({
  title,
  run: () => void commands.executeCommand(command),
});
const restartButton = (title: string): Button => button(title, 'slipway.system.restartServer');
const doctorButton = (): Button => button(l10n.t('Open Doctor'), 'slipway.system.doctor');
const logButton = (): Button => button(l10n.t('Show Log'), 'slipway.system.showLog');
