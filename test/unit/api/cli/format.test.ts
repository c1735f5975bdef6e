import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMMANDS, helpText, overviewText } from '../../../../runtime-server/src/api/cli/commands.ts';
import { commandColumn, humanSize, printable, splitReference } from '../../../../runtime-server/src/api/cli/format.ts';
import { createArchivePrinter } from '../../../../runtime-server/src/api/cli/archive-progress.ts';
import { createPullPrinter, createPushPrinter } from '../../../../runtime-server/src/api/cli/transfer-progress.ts';
import { formatTable } from '../../../../runtime-server/src/api/cli/table.ts';

describe('format', () => {
  it('writes sizes as docker images does', () => {
    assert.deepEqual(
      [0, 999, 8_310_000, 117_000_000, 1_230_000_000].map((bytes) => humanSize(bytes)),
      ['0B', '999B', '8.31MB', '117MB', '1.23GB'],
    );
  });

  it('quotes and cuts commands at 20 characters', () => {
    assert.equal(commandColumn(['/bin/sh'], false), '"/bin/sh"');
    assert.equal(commandColumn(['/bin/sh', '-c', 'while true; do x; done'], false), '"/bin/sh -c \'while t…"');
  });

  it('shows control characters instead of obeying them', () => {
    assert.equal(printable('a\u001b[2Jb\n'), 'a\\x1b[2Jb\\x0a');
  });

  it('splits references, ports included', () => {
    assert.deepEqual(splitReference('localhost:5000/team/app'), {
      repository: 'localhost:5000/team/app',
      tag: 'latest',
    });
    assert.deepEqual(splitReference('alpine:3.20'), { repository: 'alpine', tag: '3.20' });
    assert.deepEqual(splitReference('alpine@sha256:ab'), { repository: 'alpine', tag: '<none>' });
  });

  it('pads columns as docker does', () => {
    assert.equal(formatTable(['NAME', 'X'], [['longer name', '1']]), 'NAME          X\nlonger name   1\n');
    assert.equal(formatTable(['A', 'B'], []), 'A         B\n');
  });
});

describe('pull progress', () => {
  it('is plain lines for a pipe', () => {
    const printer = createPullPrinter(0);
    const lines = [
      printer.text({ kind: 'resolving', reference: 'docker.io/library/alpine:latest', defaultTag: true }),
      printer.text({ kind: 'layer', id: 'abc', status: 'downloading', current: 1, total: 2 }),
      printer.text({ kind: 'layer', id: 'abc', status: 'complete' }),
      printer.text({
        kind: 'done',
        reference: 'docker.io/library/alpine:latest',
        digest: 'sha256:1',
        imageId: 'sha256:2',
        upToDate: false,
      }),
    ];
    assert.equal(
      lines.join(''),
      'Using default tag: latest\nlatest: Pulling from library/alpine\nabc: Pull complete\nDigest: sha256:1\nStatus: Downloaded newer image for alpine:latest\n',
    );
  });

  it('redraws each layer’s own line on a terminal and never wraps', () => {
    const printer = createPullPrinter(20);
    printer.text({
      kind: 'manifest',
      digest: 'sha256:1',
      layers: [
        { id: 'one', size: 1 },
        { id: 'two', size: 1 },
      ],
    });
    const text = printer.text({ kind: 'layer', id: 'one', status: 'downloading', current: 1, total: 2 });
    assert.match(text, /^\u001b\[2A\r\u001b\[2Kone: Downloading \[==?/u);
    const shown = text.split('\u001b[2K')[1]?.split('\u001b')[0] ?? '';
    assert.ok(shown.length < 20, shown);
    assert.equal(printer.text({ kind: 'layer', id: 'one', status: 'downloading', current: 1, total: 2 }), '');
  });
});

describe('progress of archives', () => {
  const layer = { kind: 'layer', id: 'abc', status: 'extracting', current: 1, total: 2 } as const;

  it('is docker’s lines on a terminal: the archive, then each layer', () => {
    const printer = createArchivePrinter(80, 'load');
    assert.match(printer.bytes(1, 2), /^archive: Reading \[=+> +\] 1B\/2B\n$/);
    const manifest = { kind: 'manifest', digest: 'sha256:1', layers: [{ id: 'abc', size: 2 }] } as const;
    assert.equal(printer.layer(manifest), 'abc: Waiting\n');
    assert.match(printer.layer(layer), /^\u001b\[1A\r\u001b\[2Kabc: Loading layer \[=+> +\] 1B\/2B/u);
    assert.match(printer.layer({ ...layer, status: 'complete' }), /abc: Loaded\u001b/u);
    assert.equal(createArchivePrinter(80, 'import').bytes(1, undefined), 'archive: Importing 1B\n');
  });

  it('is nothing on a pipe', () => {
    const printer = createArchivePrinter(0, 'load');
    assert.equal(printer.bytes(1, 2) + printer.layer(layer), '');
  });
});

describe('help', () => {
  it('exists for every command and names each visible option', () => {
    for (const command of COMMANDS) {
      const text = helpText(command);
      assert.match(text, new RegExp(`^Usage:  slipway ${command.name}`));
      for (const option of command.options)
        assert.equal(
          text.includes(`--${option.long} `) || text.includes(`--${option.long}\n`),
          option.hidden !== true,
          option.long,
        );
      assert.equal(overviewText().includes(`  ${command.name} `), command.hidden !== true);
    }
  });

  it('has no option twice in one command', () => {
    for (const command of COMMANDS) {
      const names = command.options.flatMap((option) => [
        option.long,
        ...(option.short === undefined ? [] : [option.short]),
      ]);
      assert.equal(new Set(names).size, names.length, command.name);
    }
  });
});

describe('push progress', () => {
  const steps = [
    { kind: 'resolving', reference: 'localhost:5000/team/app:latest', defaultTag: true },
    {
      kind: 'manifest',
      digest: 'sha256:1',
      layers: [
        { id: 'abc', size: 2 },
        { id: 'def', size: 2 },
      ],
    },
    { kind: 'layer', id: 'abc', status: 'uploading', current: 1, total: 2 },
    { kind: 'layer', id: 'abc', status: 'complete' },
    { kind: 'layer', id: 'def', status: 'mounted', from: 'team/base' },
    { kind: 'pushed', reference: 'localhost:5000/team/app:latest', digest: 'sha256:1', size: 528 },
  ] as const;

  it('is docker’s lines for a pipe', () => {
    const printer = createPushPrinter(0);
    assert.equal(
      steps.map((step) => printer.text(step)).join(''),
      'Using default tag: latest\nThe push refers to repository [localhost:5000/team/app]\nabc: Preparing\ndef: Preparing\n' +
        'abc: Pushed\ndef: Mounted from team/base\nlatest: digest: sha256:1 size: 528\n',
    );
  });

  it('redraws a layer’s line on a terminal', () => {
    const printer = createPushPrinter(80);
    const texts = steps.map((step) => printer.text(step));
    assert.equal(texts[1], 'abc: Preparing\ndef: Preparing\n');
    assert.match(texts[2] ?? '', /^\u001b\[2A\r\u001b\[2Kabc: Pushing \[=+>? *\] 1B\/2B/);
  });
});
