import { describe, expect, it } from '@jest/globals';
import { microphoneProblem } from './microphone-problem.ts';

describe('a microphone that cannot be used', () => {
  it.each([
    ['NotAllowedError', /blocked/],
    ['NotFoundError', /No microphone/],
    ['NotReadableError', /another program/],
    ['SomethingNew', /could not be opened/],
  ])('by %s is explained, with what to do', (name, what) => {
    const problem = microphoneProblem(new DOMException('', name));
    expect(problem.what).toMatch(what);
    expect(problem.steps.at(-1)).toMatch(/type your question/);
    expect(problem.steps.length).toBeGreaterThan(1);
  });

  it('is told apart from a page that is not secure', () => {
    expect(microphoneProblem(undefined).what).toMatch(/secure connection/);
  });
});
