import { describe, expect, it } from '@jest/globals';
import { conversationJson, transcriptJson } from './json.ts';
import { conversation, HOSTILE, HOUR, LECTURE_ID, transcript } from './test-support/lectures.ts';

describe('JSON', () => {
  it('has a transcript as it is', () => {
    const segments = [...HOUR, { start: 3606, end: 3607, text: HOSTILE }];
    const parsed: unknown = JSON.parse(transcriptJson(transcript(segments)));
    expect(parsed).toEqual({ lectureId: LECTURE_ID, title: 'Honey', durationSeconds: 3605.4, segments });
  });

  it('has its times to the millisecond, as a player counts them', () => {
    const said = { start: 0.1 + 0.2, end: 175.15199999999956, text: HOSTILE };
    const parsed: unknown = JSON.parse(transcriptJson({ ...transcript([said]), durationSeconds: 175.15199999999956 }));
    expect(parsed).toMatchObject({ durationSeconds: 175.152, segments: [{ start: 0.3, end: 175.152 }] });
  });

  it('names the lecture of each place in a conversation about all of them', () => {
    const lecture = { lectureId: LECTURE_ID, title: 'Honey' };
    const [first] = conversation().turns;
    const citations = HOUR.map((segment) => ({ ...segment, ...lecture }));
    const turns = first === undefined ? [] : [{ ...first, citations }];
    const parsed: unknown = JSON.parse(
      conversationJson({ lectureId: '*', title: 'All lectures', turns, totalTurns: 1 }),
    );
    expect(parsed).toEqual({ lectureId: '*', title: 'All lectures', totalTurns: 1, turns });
  });

  it('has a conversation without what is about its storage', () => {
    const [turn] = conversation().turns;
    const stored = { ...turn, queryId: LECTURE_ID, audioKey: 'responses/x.mp3' } as NonNullable<typeof turn>;
    const parsed: unknown = JSON.parse(conversationJson(conversation({ turns: [stored], totalTurns: 1 })));
    expect(parsed).toEqual({
      lectureId: LECTURE_ID,
      title: 'Honey',
      durationSeconds: 3605.4,
      totalTurns: 1,
      turns: [turn],
    });
  });
});
