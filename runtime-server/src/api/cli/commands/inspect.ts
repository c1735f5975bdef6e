// inspect: any container or image in docker's shape, as JSON or through a template.

import { invalidArgument, isCode, notFound, type EngineError } from '../../../base/errors.ts';
import { inspectContainer } from '../../../containers/inspect.ts';
import type { Engine } from '../../../engine/engine.ts';
import { inspectVolume } from '../../../engine/volumes.ts';
import { errorText } from '../error-text.ts';
import { cleanerFor, documentError } from '../formatter.ts';
import type { ParsedOptions } from '../options.ts';
import type { Command, CommandContext } from '../session.ts';
import { TemplateError } from '../template/error.ts';
import { jsonText } from '../template/functions.ts';
import { Template } from '../template/template.ts';
import { typedDocument } from './inspect-types.ts';

type Type = 'container' | 'image' | 'volume' | undefined;

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'Show containers, images or volumes as JSON',
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  options: [
    {
      long: 'format',
      short: 'f',
      kind: 'value',
      placeholder: 'FORMAT',
      help: 'json, or a Go template: {{.State.Status}}',
    },
    { long: 'size', short: 's', kind: 'flag', help: 'Show what containers take on the disk' },
    {
      long: 'type',
      kind: 'value',
      placeholder: 'container|image|volume',
      help: 'Which of them, where a name fits several',
    },
  ],
  min: 1,
  run: (context, options) => {
    const type = typeOf(options.value('type'));
    return showDocuments(context, options, (name) => inspect(context.engine, name, type, options.flag('size')));
  },
};

/** The documents of all arguments, as JSON or through the template of `--format`, then what was not found. */
export async function showDocuments(
  context: CommandContext,
  options: ParsedOptions,
  find: (name: string) => Promise<Document>,
): Promise<number> {
  const { session } = context;
  const write = writerFor(options.value('format') ?? '', context);
  const { found, failures } = await gather(options.args, find);
  const { text, error } = write(found);
  await session.out(text);
  for (const failure of failures) await session.err(errorText(failure));
  if (error !== undefined) throw error;
  return failures.length > 0 ? 1 : 0;
}

function typeOf(type: string | undefined): Type {
  if (type === undefined || type === '') return undefined;
  if (type === 'container' || type === 'image' || type === 'volume') return type;
  throw invalidArgument(`inspect: unknown type: "${type}": must be one of "container", "image", "volume"`);
}

type Document = Readonly<Record<string, unknown>>;

interface Written {
  readonly text: string;
  /** Why it ended early. */
  readonly error?: EngineError;
}

/** From documents to text. A template is read before anything is looked up: its errors come first, as in docker. */
function writerFor(format: string, { session }: CommandContext): (found: readonly Document[]) => Written {
  if (format === '') return (found) => ({ text: `${jsonText(found, 4)}\n` });
  if (format === 'json') return (found) => ({ text: `${jsonText(found)}\n` });
  try {
    const template = new Template(format);
    const clean = cleanerFor(session);
    return (found) => each(found, (document) => template.execute(typedDocument(document), { clean }));
  } catch (error) {
    throw error instanceof TemplateError ? documentError(error) : error;
  }
}

/** A line for each up to the first that fails; an empty one where there is none, as in docker. */
function each(found: readonly Document[], line: (document: Document) => string): Written {
  const lines: string[] = [];
  try {
    for (const document of found) lines.push(`${line(document)}\n`);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { text: lines.join('') || '\n', error: documentError(error) };
  }
  return { text: lines.join('') || '\n' };
}

async function gather(
  names: readonly string[],
  find: (name: string) => Promise<Document>,
): Promise<{ readonly found: readonly Document[]; readonly failures: readonly EngineError[] }> {
  const found: Document[] = [];
  const failures: EngineError[] = [];
  for (const name of names) {
    try {
      found.push(await find(name));
    } catch (error) {
      if (!isCode(error, 'NotFound') && !isCode(error, 'Conflict')) throw error;
      failures.push(error);
    }
  }
  return { found, failures };
}

async function inspect(engine: Engine, name: string, type: Type, size: boolean): Promise<Document> {
  if (type === undefined || type === 'container') {
    try {
      const record = engine.containers.get(name, 'inspect');
      const taken = size ? (await engine.containerSizes([record.id])).get(record.id) : undefined;
      return inspectContainer(
        record,
        engine.containers.paths(record.id),
        (volume) => engine.volumes.path(volume),
        taken,
      );
    } catch (error) {
      if (type === 'container' || !isCode(error, 'NotFound')) throw error;
    }
  }
  if (type !== 'volume') {
    try {
      return await engine.images.inspect(name);
    } catch (error) {
      if (!isCode(error, 'NotFound')) throw error;
    }
  }
  if (type === undefined || type === 'volume') {
    try {
      return inspectVolume(await engine.volumes.get(name));
    } catch (error) {
      if (!isCode(error, 'NotFound') && !isCode(error, 'InvalidArgument')) throw error;
    }
  }
  throw notFound(`inspect ${name}: no such ${type ?? 'object'}`, {
    hint: 'See `slipway ps -a`, `slipway images` and `slipway volume ls`.',
  });
}
