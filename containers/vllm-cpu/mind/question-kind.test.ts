import { describe, expect, it } from '@jest/globals';
import { asksForUnit, kindOf, signOf } from './question-kind.ts';

describe('the kind of a question', () => {
  it.each([
    ['How often is it rebuilt?', 'frequency'],
    ['How many elephants crossed it?', 'amount'],
    ['When was it opened?', 'time'],
    ['Who designed it?', 'person'],
    ['What is the wax good for?', 'reason'],
    ['Where does it come from?', 'place'],
    ['How does it stay up?', 'manner'],
    ['Tell me more.', 'other'],
  ])('%s', (question, kind) => {
    expect(kindOf(question)).toBe(kind);
  });
});

describe('the sign of an answer', () => {
  it.each([
    ['How old was he?', 'At about 12 years old he ran away.', 'There were 12 of them.'],
    ['How much money did it cost?', 'The bill came to two million dollars.', 'Two hundred men built it.'],
    ['How high is the tower?', 'It is 227 metres above the water.', 'It took 4 years.'],
    ['How often is it rebuilt?', 'The villages rebuild it every June.', 'The villages rebuilt it.'],
    ['How many are left?', 'Only forty nine are left.', 'Few are left.'],
  ])('%s', (question, answer, other) => {
    expect(signOf(question).test(answer)).toBe(true);
    expect(signOf(question).test(other)).toBe(false);
  });

  it('is a unit only where one is asked for', () => {
    expect(asksForUnit('How much does it cost?')).toBe(true);
    expect(asksForUnit('How many are there?')).toBe(false);
    expect(asksForUnit('Why does it cost so much?')).toBe(false);
  });
});
