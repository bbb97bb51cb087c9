import { describe, expect, it } from '@jest/globals';
import { conversationCues, transcriptCues } from './cues.ts';
import { toSubRip } from './sub-rip.ts';
import { HOSTILE, HOUR, conversation, transcript } from './test-support/lectures.ts';

describe('SRT', () => {
  it('numbers its blocks, with the milliseconds behind a comma', () => {
    expect(toSubRip(transcriptCues(transcript(HOUR)))).toBe(
      '1\n00:00:00,000 --> 00:00:05,500\nBees make honey from nectar.\n\n' +
        '2\n01:00:00,250 --> 01:00:05,000\nThat is all.\n',
    );
  });

  it('is empty where nothing was said', () => {
    expect(toSubRip([])).toBe('');
  });

  it('holds no tag, no time and no override of the text', () => {
    const srt = toSubRip(transcriptCues(transcript([{ start: 0, end: 1, text: HOSTILE }])));
    expect(srt).toBe(
      '1\n00:00:00,000 --> 00:00:01,000\n' +
        '‹script>alert(1)‹/script> &amp; # *a* [b](http://c.d) 1 00:00:09.000 → 00:00:10.000 NOTE (\\an8}\n',
    );
  });

  it('leaves what is no markup as it is', () => {
    const said = 'If a < 3 and b > 4, then {x} & y.';
    expect(toSubRip(transcriptCues(transcript([{ start: 0, end: 1, text: said }])))).toContain(`\n${said}\n`);
  });

  it('has a conversation at the places that it cites', () => {
    const srt = toSubRip(conversationCues(conversation()));
    expect(srt.match(/^Q: What is honey\?\nA: It is made from nectar\.\nBees make it\.$/gm)).toHaveLength(2);
    expect(srt).not.toContain('Who?');
  });
});
