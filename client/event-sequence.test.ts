import { describe, expect, it } from '@jest/globals';
import { EventSequence } from './event-sequence.ts';

const event = (seq: number, name = `e${seq}`) => ({ seq, name });

describe('EventSequence', () => {
  it('holds back what has overtaken an earlier event', () => {
    const sequence = new EventSequence();
    expect(sequence.add(event(2))).toEqual([]);
    expect(sequence.add(event(1))).toEqual([]);
    expect(sequence.add(event(0))).toEqual([event(0), event(1), event(2)]);
    expect(sequence.add(event(3))).toEqual([event(3)]);
  });

  it('drops what comes twice', () => {
    const sequence = new EventSequence();
    sequence.add(event(0));
    expect(sequence.add(event(0, 'again'))).toEqual([]);
    sequence.add(event(2));
    sequence.add(event(2));
    expect(sequence.add(event(1))).toEqual([event(1), event(2)]);
  });

  it('lets an event without a number through at once', () => {
    expect(new EventSequence<{ seq?: number }>().add({})).toEqual([{}]);
  });
});
