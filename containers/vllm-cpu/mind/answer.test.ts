import { describe, expect, it } from '@jest/globals';
import type { ChatTurn } from '../engine.ts';
import { answer, hasLecture, NOT_SAID, NOTHING_KNOWN } from './answer.ts';
import { BEES, PRINTING, TIDES, type TestLecture } from './test-support/lectures.ts';

const system = ({ title, segments }: TestLecture): ChatTurn => ({
  role: 'system',
  text: `Answer from the lecture.\n\nLecture: ${title}\n\n${segments.map((text, i) => `[${i + 1}] ${text}`).join('\n')}`,
});
const ask = (lecture: TestLecture, question: string): string =>
  answer([system(lecture), { role: 'user', text: question }]);
const citations = (reply: string): number[] => [...reply.matchAll(/\[(\d+)\]/g)].map(([, n]) => Number(n));

/** What each question of a conversation is answered, markers taken out of the history as AgentCore does. */
function converse(lecture: TestLecture, ...questions: string[]): string[] {
  const turns: ChatTurn[] = [system(lecture)];
  return questions.map((text) => {
    turns.push({ role: 'user', text });
    const reply = answer(turns);
    turns.push({ role: 'assistant', text: reply.replaceAll(/ ?\[\d+\]/g, '') });
    return reply;
  });
}

describe.each([
  ['tides', TIDES],
  ['printing', PRINTING],
  ['bees', BEES],
])('a lecture on %s', (_name, lecture) => {
  it('answers most paraphrased questions from the right place', () => {
    const right = lecture.answerable.filter(([question, ...wanted]) =>
      citations(ask(lecture, question)).some((index) => wanted.includes(index)),
    );
    expect(right.length / lecture.answerable.length).toBeGreaterThanOrEqual(0.85);
  });

  it('says one to three sentences, each as spoken, with its markers after it', () => {
    for (const [question] of lecture.answerable) {
      const reply = ask(lecture, question);
      if (reply === NOT_SAID) continue;
      expect(reply).toMatch(/^(?:[^[\]]+[.!?] (?:\[\d+\])+ ?){1,3}$/);
    }
  });
});

describe('questions that a lecture does not answer', () => {
  it('are mostly refused, near ones included', () => {
    const asked = [TIDES, PRINTING, BEES].flatMap((lecture) =>
      lecture.unanswerable.map((question) => ask(lecture, question)),
    );
    expect(asked.filter((reply) => reply === NOT_SAID).length / asked.length).toBeGreaterThanOrEqual(0.8);
  });

  it.each(['what is the capital of Australia', 'who won the world cup in 2014', 'how do I bake sourdough bread'])(
    'are always refused when they are about something else: %s',
    (question) => {
      for (const lecture of [TIDES, PRINTING, BEES]) expect(ask(lecture, question)).toBe(NOT_SAID);
    },
  );
});

describe('a conversation', () => {
  it('leans on the question before', () => {
    expect(converse(TIDES, 'When do spring tides happen?', 'And where does the name come from?')[1]).toContain('[10]');
  });

  it('goes on from the last answer when asked why', () => {
    const replies = converse(TIDES, 'Which role did tide machines play in the war?', 'Why?');
    expect(replies[0]).toContain('[19]');
    expect(replies[1]).toContain('[20]');
  });

  it('finds what a new topic names', () => {
    const replies = converse(TIDES, 'How do barnacles survive?', 'And what about crabs?');
    expect(replies[1]).toContain('[32]');
    expect(replies[1]).not.toContain('[29]');
  });
});

describe('a question as it is heard', () => {
  it.each([
    ['who calculated the tides with a mashine of brass weels', 16],
    ['okay um so how do barnicles keep from drying', 29],
    ['WHAT IS A NEAP TIDE', 11],
  ])('may be spelt wrong: %s', (question, index) => {
    expect(citations(ask(TIDES, question))).toContain(index);
  });
});

describe('a question with words that the lecture does not have', () => {
  const lecture: TestLecture = {
    title: 'Opium',
    segments: [
      'The emperor sent an official to the coast.',
      "Linsey's more than twenty thousand chests of the drug, and had it washed out to sea.",
      'Merchants in Canton were locked into their own houses.',
      'It was a blight called rust that ruined the coffee.',
      'The villages still rebuild the bridge every June.',
    ],
    answerable: [],
    unanswerable: [],
  };

  it.each([
    ['What did Lin do with the drug?', 2],
    ['Which fungus ruined the coffee?', 4],
    ['How often do the villagers make the bridge again?', 5],
  ])('is answered where enough of the others are in one place: %s', (question, index) => {
    expect(citations(ask(lecture, question))).toContain(index);
  });

  it.each([
    'Which fungus ruined the tea?',
    'How much did the bridge cost the villages?',
    'Who was the emperor’s wife?',
  ])('is not answered where too much is missing: %s', (question) => {
    expect(ask(lecture, question)).toBe(NOT_SAID);
  });
});

describe('a sentence that runs over two segments', () => {
  it('is one sentence with both markers', () => {
    expect(ask(PRINTING, 'How many pages did a careful scribe finish a day?')).toContain(
      'A careful scribe could finish about three pages in a day, and a Bible kept one man busy for more than a year. [2][3]',
    );
  });
});

describe('a chat without numbered segments', () => {
  it('is answered from what the user gave', () => {
    const turns: ChatTurn[] = [
      { role: 'system', text: 'You are a helpful assistant.' },
      { role: 'user', text: 'The library opens at nine. The canteen opens at noon.' },
      { role: 'assistant', text: 'Thank you.' },
      { role: 'user', text: 'When does the canteen open?' },
    ];
    expect(answer(turns)).toBe('The canteen opens at noon.');
    expect(hasLecture(turns)).toBe(false);
  });

  it('is told that there is nothing to answer from', () => {
    expect(answer([{ role: 'user', text: 'Who are you?' }])).toBe(NOTHING_KNOWN);
  });
});

describe('odd prompts', () => {
  it.each(['', '???', 'the of and', 'x'.repeat(100_000), '[1] [2] [3]'])('are refused: %#', (question) => {
    expect(ask(TIDES, question)).toBe(NOT_SAID);
  });
});
