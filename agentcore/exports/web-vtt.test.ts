import { describe, expect, it } from '@jest/globals';
import { conversationCues, transcriptCues } from './cues.ts';
import { HOSTILE, HOUR, conversation, transcript } from './test-support/lectures.ts';
import { toWebVtt } from './web-vtt.ts';

describe('a transcript as WebVTT', () => {
  it('is a cue a segment, past the hour too', () => {
    expect(toWebVtt(transcriptCues(transcript(HOUR)), ['Honey (1:00:05)'])).toBe(
      [
        'WEBVTT',
        'NOTE Honey (1:00:05)',
        '00:00:00.000 --> 00:00:05.500\nBees make honey from nectar.',
        '01:00:00.250 --> 01:00:05.000\nThat is all.\n',
      ].join('\n\n'),
    );
  });

  it('is a header alone where nothing was said', () => {
    expect(toWebVtt(transcriptCues(transcript([])), [])).toBe('WEBVTT\n');
    expect(toWebVtt(transcriptCues(transcript([{ start: 0, end: 1, text: ' \n' }])), [])).toBe('WEBVTT\n');
  });

  it('holds no markup, no arrow and no blank line of the text or the title', () => {
    const text = toWebVtt(transcriptCues(transcript([{ start: 0, end: 1, text: HOSTILE }])), [HOSTILE]);
    const [, note, cue, ...more] = text.split('\n\n');
    expect(more).toEqual([]);
    expect(note?.split('\n')).toHaveLength(1);
    expect(note).not.toContain('-->');
    expect(cue?.trimEnd().split('\n')).toEqual([
      '00:00:00.000 --> 00:00:01.000',
      '&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; # *a* [b](http://c.d) 1 00:00:09.000 --&gt; 00:00:10.000 NOTE {\\an8}',
    ]);
  });

  it('has its cues in order, each with an end after its start', () => {
    const cues = transcriptCues(
      transcript([
        { start: 9, end: 3, text: 'c' },
        { start: 1, end: 1, text: 'b' },
        { start: 0.9996, end: 2, text: 'a' },
        { start: 1e300, end: 1e300, text: 'd' },
      ]),
    );
    expect(toWebVtt(cues, [])).toBe(
      [
        'WEBVTT',
        '00:00:01.000 --> 00:00:01.001\nb',
        '00:00:01.000 --> 00:00:02.000\na',
        '00:00:09.000 --> 00:00:09.001\nc',
        '99:59:59.998 --> 99:59:59.999\nd\n',
      ].join('\n\n'),
    );
  });
});

describe('a conversation as WebVTT', () => {
  it('has question and answer at each place that is cited', () => {
    expect(toWebVtt(conversationCues(conversation()), [])).toBe(
      [
        'WEBVTT',
        '00:00:00.000 --> 00:00:05.500\nQ: What is honey?\nA: It is made from nectar.\nBees make it.',
        '01:00:00.250 --> 01:00:05.000\nQ: What is honey?\nA: It is made from nectar.\nBees make it.\n',
      ].join('\n\n'),
    );
  });
});
