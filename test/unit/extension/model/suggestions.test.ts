import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createSuggestions } from '../../../../extension/model/suggestions.ts';

describe('suggestions', () => {
  const scene = () => {
    const questions: { text: string; signal: AbortSignal; answer: PromiseWithResolvers<readonly string[]> }[] = [];
    const shown: (readonly string[])[] = [];
    const suggestions = createSuggestions(
      (text, signal) => {
        const answer = Promise.withResolvers<readonly string[]>();
        questions.push({ text, signal, answer });
        return answer.promise;
      },
      (items: readonly string[]) => shown.push(items),
    );
    return { questions, shown, suggestions };
  };

  it('ask one question at a time, the next about what is typed by then', async () => {
    const { questions, shown, suggestions } = scene();
    for (const text of ['a', 'al', 'alp']) suggestions.change(text);
    assert.deepEqual(
      questions.map(({ text }) => text),
      ['a'],
    );
    questions[0]!.answer.resolve(['old']);
    await turn();
    assert.deepEqual(
      questions.map(({ text }) => text),
      ['a', 'alp'],
    );
    assert.deepEqual(shown, [], 'an answer to what is not there any more');
    questions[1]!.answer.resolve(['alpine']);
    await turn();
    assert.deepEqual(shown, [['alpine']]);
    assert.equal(questions.length, 2);
  });

  it('are none where the question fails, and it goes on', async () => {
    const { questions, shown, suggestions } = scene();
    suggestions.change('a');
    questions[0]!.answer.reject(new Error('offline'));
    await turn();
    assert.deepEqual(shown, [[]]);
    suggestions.change('');
    await turn();
    assert.equal(questions.length, 1, 'nothing is asked about nothing');
    suggestions.change('b');
    assert.equal(questions[1]?.text, 'b');
  });

  it('end with the box', async () => {
    const { questions, shown, suggestions } = scene();
    suggestions.change('a');
    suggestions.dispose();
    assert.equal(questions[0]?.signal.aborted, true);
    questions[0].answer.resolve(['late']);
    await turn();
    assert.deepEqual(shown, []);
  });
});
