// Templates: what docker prints for the same words. The texts and sentences were read off docker 28.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TemplateError } from '../../../../../runtime-server/src/api/cli/template/error.ts';
import { HEADER_FUNCTIONS } from '../../../../../runtime-server/src/api/cli/template/functions.ts';
import { Template } from '../../../../../runtime-server/src/api/cli/template/template.ts';
import { Fields, Nil, openMap, type Value } from '../../../../../runtime-server/src/api/cli/template/values.ts';

const DATA: Value = {
  Name: '/c1',
  State: { Status: 'created', Running: false },
  Config: { Env: ['A=B', 'X=1'], Labels: openMap({ z: 'y', a: 'b', 'com.x.my-label': '1' }), Image: 'box' },
  HostConfig: { Memory: 0, CapAdd: new Nil('list'), Binds: new Nil('map'), PidsLimit: new Nil('pointer') },
  Mounts: [
    { Source: '/s', Destination: '/d' },
    { Source: '/t', Destination: '/e' },
  ],
};

const run = (text: string, data: Value = DATA): string => new Template(text).execute(data);

function failure(text: string, data: Value = DATA): string {
  try {
    return `no error: ${run(text, data)}`;
  } catch (error) {
    assert.ok(error instanceof TemplateError, String(error));
    return `${error.when}: ${error.message}`;
  }
}

/** Template → text. */
const TEXTS: readonly (readonly [string, string])[] = [
  ['{{.Name}} {{.State.Status}}', '/c1 created'],
  ['{{.Config.Env}} {{.Config.Labels}}', '[A=B X=1] map[a:b com.x.my-label:1 z:y]'],
  ['{{.HostConfig.CapAdd}} {{.HostConfig.Binds}} {{.HostConfig.PidsLimit}}', '[] map[] <nil>'],
  ['{{json .HostConfig}}', '{"Memory":0,"CapAdd":null,"Binds":null,"PidsLimit":null}'],
  [
    '{{index .Config.Labels "com.x.my-label"}}|{{index .Config.Labels "nope"}}|{{.Config.Labels.nope}}',
    '1||<no value>',
  ],
  ['{{index .Config.Env 0}} {{index .Mounts 1 "Source"}} {{(index .Mounts 0).Destination}}', 'A=B /t /d'],
  ['{{range .Config.Env}}{{.}},{{else}}none{{end}}', 'A=B,X=1,'],
  ['{{range $i, $e := .Config.Env}}{{$i}}:{{$e}} {{if eq $i 0}}{{break}}{{end}}{{end}}', '0:A=B '],
  ['{{range 4}}{{if eq . 1}}{{continue}}{{end}}{{.}}{{end}}', '023'],
  ['{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}', 'a=b;com.x.my-label=1;z=y;'],
  ['{{range .HostConfig.CapAdd}}x{{else}}none{{end}} {{len .HostConfig.CapAdd}}', 'none 0'],
  ['{{with .Name}}{{.}}{{else}}no{{end}} {{with $x := 5}}{{$x}}{{end}} {{$y := 1}}{{$y = 2}}{{$y}}', '/c1 5 2'],
  ['{{$y := 1}}{{if true}}{{$y = 3}}{{$y := 4}}{{end}}{{$y}} {{with 0}}a{{else with 7}}{{.}}{{end}}', '3 7'],
  ['{{/* comment */}}a {{- " b " -}} c{{- /* x */ -}} d', 'a b cd'],
  ['{{.Name | printf "%s-%s" "p"}} {{3 | printf "%d-%d" 4}} {{.Name | }}', 'p-/c1 4-3 /c1'],
  ['{{split "a,b,c" ","}} {{join .Config.Env "+"}} {{title "foo bar"}} {{lower "AB"}}', '[a b c] A=B+X=1 Foo Bar ab'],
  ['{{pad "x" 1 2}}|{{pad "" 1 2}}|{{truncate "abcdef" 3}}|{{truncate "a" 3}}', ' x  ||abc|a'],
  ['{{json .Config.Labels}} {{json "<é>"}} {{json nil}}', '{"z":"y","a":"b","com.x.my-label":"1"} "<é>" null'],
  ["{{'a'}} {{`raw\\n`}} {{1e3}} {{0x1F}} {{1_000}} {{true}} {{017}} {{-3}}", '97 raw\\n 1000 31 1000 true 15 -3'],
  ['{{"\\u00e9\\n\\x41\\t\\"\\101"}}', 'é\nA\t"A'],
  [
    '{{eq 1 1}} {{eq 1 2 1}} {{ne "a" "b"}} {{lt 1 2}} {{le 2 2}} {{gt 1.5 1.0}} {{ge "b" "a"}}',
    Array(7).fill('true').join(' '),
  ],
  ['{{and 1 0}} {{or 0 "x"}} {{not 0}} {{len "abc"}} {{and true .Name}}', '0 x true 3 /c1'],
  ['{{if and .State.Running (index .Config.Env 9)}}a{{else if true}}b{{end}}', 'b'],
  ['{{slice "abcdef" 1 3}} {{slice .Config.Env 1}} {{index "abc" 1}}', 'bc [X=1] 98'],
  [
    '{{print 1 2 "a" "b" 3}}|{{println "x" 1}}|{{html "<a>"}}|{{js "a\\"b"}}|{{urlquery "a b"}}',
    '1 2ab3|x 1\n|&lt;a&gt;|a\\"b|a+b',
  ],
  [
    '{{printf "%d %s %v %q %5s|%-5s|%05d %x %t %%" 5 "a" .Config.Env "q" "r" "s" 42 "hi" true}}',
    '5 a [A=B X=1] "q"     r|s    |00042 6869 true %',
  ],
  ['{{printf "%v %T %d" .HostConfig.Memory .Name "x"}}', '0 string %!d(string=x)'],
  [
    '{{printf "%d"}} {{printf "%d" 1 2}} {{printf "%z" 1}} {{printf "%"}}',
    '%!d(MISSING) 1%!(EXTRA int=2) %!z(int=1) %!(NOVERB)',
  ],
  [
    '{{printf "%.2f %5.1f|%e %g %+d %#x %o %b %c %U %*d|%.1s" 1.5 2.26 1500.0 0.1 3 255 8 5 65 65 4 7 "xy"}}',
    '1.50   2.3|1.500000e+03 0.1 +3 0xff 10 101 A U+0041    7|x',
  ],
  ['{{printf "%q %s" .Config.Env .Config.Env}}', '["A=B" "X=1"] [A=B X=1]'],
  ['{{(.Name)}} {{(index .Config.Env 0) | upper}} {{(.State).Status}} {{$.Name}}', '/c1 A=B created /c1'],
  ['no action { } }}', 'no action { } }}'],
  ['', ''],
];

/** Template → when it fails, and docker's sentence. */
const FAILURES: readonly (readonly [string, string])[] = [
  ['{{.Foo}}', 'execute: template: :1:2: executing "" at <.Foo>: map has no entry for key "Foo"'],
  ['{{.State.Foo}}', 'execute: template: :1:8: executing "" at <.State.Foo>: map has no entry for key "Foo"'],
  ['a\n b {{.Foo}}', 'execute: template: :2:5: executing "" at <.Foo>: map has no entry for key "Foo"'],
  [
    '{{eq 1 "a"}}',
    'execute: template: :1:2: executing "" at <eq 1 "a">: error calling eq: incompatible types for comparison',
  ],
  [
    '{{lt 1 "a"}}',
    'execute: template: :1:2: executing "" at <lt 1 "a">: error calling lt: incompatible types for comparison',
  ],
  [
    '{{index .Config.Env 10}}',
    'execute: template: :1:2: executing "" at <index .Config.Env 10>: error calling index: index out of range: 10',
  ],
  [
    '{{index .Config.Env "a"}}',
    'execute: template: :1:2: executing "" at <index .Config.Env "a">: error calling index: cannot index slice/array with type string',
  ],
  [
    '{{index .Config.Labels 1}}',
    'execute: template: :1:2: executing "" at <index .Config.Labels 1>: error calling index: value has type int; should be string',
  ],
  ['{{len 3}}', 'execute: template: :1:2: executing "" at <len 3>: error calling len: len of type int'],
  ['{{nil}}', 'execute: template: :1:2: executing "" at <nil>: nil is not a command'],
  ['{{1 2}}', 'execute: template: :1:2: executing "" at <1>: can\'t give argument to non-function 1'],
  ['{{upper 1}}', 'execute: template: :1:8: executing "" at <1>: expected string; found 1'],
  ['{{upper}}', 'execute: template: :1:2: executing "" at <upper>: wrong number of args for upper: want 1 got 0'],
  [
    '{{truncate "abc"}}',
    'execute: template: :1:2: executing "" at <truncate>: wrong number of args for truncate: want 2 got 1',
  ],
  ['{{join "a" "b"}}', 'execute: template: :1:7: executing "" at <"a">: can\'t handle "a" for arg of type []string'],
  ['{{range .Name}}x{{end}}', 'execute: template: :1:8: executing "" at <.Name>: range can\'t iterate over /c1'],
  ['{{.Name.Foo}}', 'execute: template: :1:7: executing "" at <.Name.Foo>: can\'t evaluate field Foo in type string'],
  ['{{.Foo', 'parse: template: :1: unclosed action'],
  ['{{foo}}', 'parse: template: :1: function "foo" not defined'],
  ['{{if}}', 'parse: template: :1: missing value for if'],
  ['{{}}', 'parse: template: :1: missing value for command'],
  ['{{end}}', 'parse: template: :1: unexpected {{end}}'],
  ['{{if .Name}}', 'parse: template: :1: unexpected EOF'],
  ['{{else}}', 'parse: template: :1: unexpected {{else}}'],
  ['{{if true}}a{{else}}b{{else}}c{{end}}', 'parse: template: :1: expected end; found {{else}}'],
  ['{{"abc}}', 'parse: template: :1: unterminated quoted string'],
  ['{{`abc}}', 'parse: template: :1: unterminated raw quoted string'],
  ['{{| .Name}}', 'parse: template: :1: unexpected "|" in command'],
  ['{{$x}}', 'parse: template: :1: undefined variable "$x"'],
  ['{{with $x := 1}}{{end}}{{$x}}', 'parse: template: :1: undefined variable "$x"'],
  ['{{break}}', 'parse: template: :1: {{break}} outside {{range}}'],
  ['{{/* unclosed', 'parse: template: :1: unclosed comment'],
  ['{{/* a */ .Name}}', 'parse: template: :1: comment ends before closing delimiter'],
  ['{{.Name}', "parse: template: :1: bad character U+007D '}'"],
  ['{{?}}', 'parse: template: :1: unexpected "?" in command'],
  ["{{'ab'}}", "parse: template: :1: malformed character constant: 'ab'"],
  ['{{(.Name}}', 'parse: template: :1: unclosed left paren'],
  ['{{.Name)}}', 'parse: template: :1: unexpected right paren'],
  ['{{1x}}', 'parse: template: :1: bad number syntax: "1x"'],
  ['{{"a".b}}', 'parse: template: :1: unexpected . after term "\\"a\\""'],
  ['{{.Name | "a"}}', 'parse: template: :1: non executable command in pipeline stage 2'],
  ['\n{{template "x"}}', 'parse: template: :2: unexpected <template> in command'],
];

describe('templates', () => {
  for (const [text, expected] of TEXTS)
    it(`of ${JSON.stringify(text)}`, () => {
      assert.equal(run(text), expected);
    });

  for (const [text, expected] of FAILURES)
    it(`refuse ${JSON.stringify(text)}`, () => {
      assert.equal(failure(text), expected);
    });

  it('see only members that the data have themselves', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      assert.match(failure(`{{.${name}}}`), /map has no entry for key/, name);
      assert.match(failure(`{{.Config.Env.${name}}}`), /can't evaluate field/, name);
      assert.equal(run(`{{index . "${name}"}}`), '<no value>', name);
      assert.match(failure(`{{.${name}}}`, new Fields('row', {})), /can't evaluate field \w+ in type row/, name);
    }
    assert.match(failure('{{.length}}', 'text'), /can't evaluate field length in type string/);
  });

  it('of rows compute only what is asked for, and take arguments', () => {
    const asked: string[] = [];
    const row = new Fields('*formatter.ContainerContext', {
      ID: () => (asked.push('ID'), '12'),
      Names: () => (asked.push('Names'), '<a&b>'),
      Label: (name) => ['label', name],
    });
    assert.equal(run('{{.ID}} {{.Label "x"}} {{upper .ID}}', row), '12 [label x] 12');
    assert.deepEqual(asked, ['ID', 'ID']);
    assert.equal(run('{{json .}}', row), '{"ID":"12","Names":"\\u003ca\\u0026b\\u003e"}');
    assert.equal(
      failure('{{.Foo}}', row),
      'execute: template: :1:2: executing "" at <.Foo>: can\'t evaluate field Foo in type *formatter.ContainerContext',
    );
    assert.match(failure('{{.Label}}', row), /wrong number of args for Label: want 1 got 0/);
  });

  it('leave the names of columns as they are in a table’s head', () => {
    const template = new Template('{{upper .A}} {{json .A}} {{truncate .A 1}}');
    assert.equal(template.execute({ A: 'Ab' }, { functions: HEADER_FUNCTIONS }), 'Ab Ab Ab');
  });

  it('clean what comes from the data', () => {
    assert.equal(new Template('{{.}}!').execute('a!', { clean: (text) => text.replace('!', '?') }), 'a?!');
    assert.equal(run('{{json .}}', '\u009b\u007f\u001b'), '"\\u009b\\u007f\\u001b"');
  });

  it('end, however large they would become', () => {
    const double = '{{$x := "abcdefgh"}}{{range 100}}{{$x = print $x $x}}{{end}}';
    assert.match(failure(double), /the text is longer than/);
    assert.match(failure('{{range 100000}}{{range 100000}}{{end}}{{end}}'), /too many steps/);
    assert.match(failure(`{{range 100000}}${'x'.repeat(1000)}{{end}}`), /the output is too large/);
    assert.match(failure('{{pad "x" 10000000 1}}'), /too many spaces/);
    assert.equal(run('{{printf "%2000000d" 1}}'), '%!(BADWIDTH)%!(EXTRA int=1)');
    assert.match(failure('{{'.padEnd(300, '(')), /max expression depth exceeded/);
    assert.match(failure('{{if 1}}'.repeat(300)), /max expression depth exceeded/);
    assert.match(failure('x'.repeat(70_000)), /longer than/);
    assert.equal(run('{{/**/}}'.repeat(8000)), '');
  });
});
