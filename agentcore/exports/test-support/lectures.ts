/** For tests: a lecture of an hour and a conversation about it, and text that tries to be markup. */
import type { Segment } from '../../../protocol/items.ts';
import type { ExportedConversation, ExportedTranscript } from '../exported.ts';

export const LECTURE_ID = '6b2d3c4e-1a2b-4c3d-9e8f-7a6b5c4d3e2f';

export const HOUR: Segment[] = [
  { start: 0, end: 5.5, text: 'Bees make honey from nectar.' },
  { start: 3600.25, end: 3605, text: 'That is all.' },
];

export const HOSTILE =
  '<script>alert(1)</script> &amp; # *a* [b](http://c.d)\r\n\r\n1\n00:00:09.000 --> 00:00:10.000\n\u202ENOTE\u0000 {\\an8}';

export const transcript = (segments: readonly Segment[], title = 'Honey'): ExportedTranscript => ({
  lectureId: LECTURE_ID,
  title,
  durationSeconds: 3605.4,
  segments,
});

export const conversation = (over: Partial<ExportedConversation> = {}): ExportedConversation => ({
  lectureId: LECTURE_ID,
  title: 'Honey',
  durationSeconds: 3605.4,
  totalTurns: 2,
  turns: [
    {
      turn: 1,
      askedAt: '2026-01-01T00:00:00.000Z',
      question: 'What is honey?',
      answer: 'It is made from nectar.\n\nBees make it.',
      citations: HOUR.toReversed(),
    },
    { turn: 2, askedAt: '2026-01-01T00:01:00.000Z', question: 'Who?', answer: 'It does not say.', citations: [] },
  ],
  ...over,
});
