// The schema that the editor shows and the reader of the file must agree.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseSettingsText } from '../../../runtime-server/src/base/settings.ts';
import { readRegistrySettings } from '../../../runtime-server/src/registry/settings.ts';

interface Schema {
  readonly properties: Readonly<Record<string, { readonly items: { readonly pattern: string } }>>;
}

const schema = JSON.parse(
  readFileSync(new URL('../../../media/daemon.schema.json', import.meta.url), 'utf8'),
) as Schema;

describe('the schema of the settings', () => {
  const cases = {
    'registry-mirrors': [
      ['https://m.example', true],
      ['http://127.0.0.1:5000/', true],
      ['m.example', false],
      ['https://m.example/path', false],
      ['https://u:p@m.example', false],
    ],
    'insecure-registries': [
      ['h:5000', true],
      ['10.0.0.0/8', true],
      ['fd00::/8', true],
      ['http://h', false],
      ['h/path', false],
    ],
  } as const;
  for (const [key, values] of Object.entries(cases)) {
    for (const [value, good] of values) {
      it(`${key}: ${value}`, () => {
        assert.equal(new RegExp(schema.properties[key]?.items.pattern ?? '').test(value), good, 'by the schema');
        const read = () => parseSettingsText(JSON.stringify({ [key]: [value] }), 'f', readRegistrySettings);
        if (good) read();
        else assert.throws(read, { code: 'InvalidArgument' });
      });
    }
  }
});
