import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changesPath, DOCTOR_PATH, inspectPath, readPath } from '../../../../extension/documents/address.ts';
import { doctorPage } from '../../../../extension/documents/doctor-page.ts';
import { changesPage } from '../../../../extension/documents/changes-page.ts';
import { CONTAINER_ID, ENGLISH } from '../fixtures.ts';

const PLACE = { version: undefined, failure: undefined, client: '/x/slipway', runDirectory: '/run/slipway' };

describe('document addresses', () => {
  it('carry kind and id; a slash in the title stays one name', () => {
    const path = inspectPath({ kind: 'image', id: 'sha256:ab' }, 'ghcr.io/x/y:1');
    assert.deepEqual(readPath(path), { kind: 'image', id: 'sha256:ab' });
    assert.equal(path.split('/').length, 4);
    assert.ok(path.endsWith('.json'));
    assert.deepEqual(readPath(DOCTOR_PATH), { kind: 'doctor' });
  });

  it('refuse what is not theirs', () => {
    for (const path of ['', '/', '/image', '/image/', '/network/x/y']) assert.equal(readPath(path), undefined, path);
  });
});

describe('list of changes', () => {
  it('is docker’s list under a line that says what the letters mean', () => {
    const changes = [
      { kind: 'C', path: '/etc' },
      { kind: 'A', path: '/etc/a\nb' },
      { kind: 'D', path: '/gone' },
    ] as const;
    const text = changesPage('web', changes, ENGLISH);
    assert.equal(text, '# web: A 1 added, C 1 changed, D 1 deleted\n\nC /etc\nA /etc/a�b\nD /gone\n');
    assert.equal(changesPage('web', [], ENGLISH), '# web has changed nothing of its image.\n');
    assert.deepEqual(readPath(changesPath(CONTAINER_ID, 'a/b')), { kind: 'changes', id: CONTAINER_ID });
  });
});

describe('doctor page', () => {
  it('puts what is missing first, with its fix as it is to be typed', () => {
    const page = doctorPage(
      {
        ...PLACE,
        checks: [
          { id: 'overlay', title: 'Overlay', status: 'ok', detail: 'works' },
          {
            id: 'userns',
            title: 'User namespaces',
            status: 'missing',
            detail: 'refused',
            fix: 'Type `sysctl x_y=1` <now>.',
          },
        ],
      },
      ENGLISH,
    );
    assert.ok(page.indexOf('User namespaces') < page.indexOf('Overlay'));
    assert.match(page, /1 missing, 0 limited/);
    assert.match(page, /> \*\*What to do:\*\* Type `sysctl x_y=1` \\<now\\>\./);
  });

  it('says that all is well', () => {
    const page = doctorPage({ ...PLACE, checks: [{ id: 'a', title: 'A', status: 'ok', detail: 'b' }] }, ENGLISH);
    assert.match(page, /Everything that containers need is here/);
  });

  it('gives the reason when there is no server, and no markup of it', () => {
    const page = doctorPage({ ...PLACE, checks: [], failure: '```\n# not a heading' }, ENGLISH);
    assert.match(page, /could not be started/);
    assert.match(page, /````\n```\n# not a heading\n````/);
  });

  it('escapes what comes from the machine', () => {
    const page = doctorPage(
      { ...PLACE, checks: [{ id: 'a', title: '<b>', status: 'limited', detail: 'a_b*\nc' }] },
      ENGLISH,
    );
    assert.match(page, /\\<b\\>/);
    assert.match(page, /a\\_b\\\* c/);
  });
});
