import { describe, expect, it } from '@jest/globals';
import { conversationMarkdown, escapeMarkdown, transcriptMarkdown } from './markdown.ts';
import { HOSTILE, HOUR, LECTURE_ID, conversation, transcript } from './test-support/lectures.ts';

describe('a transcript as Markdown', () => {
  it('tells title and length, and when each sentence is said', () => {
    expect(transcriptMarkdown(transcript(HOUR))).toBe(
      ['# Honey', 'Length: 1:00:05', '\\[00:00\\] Bees make honey from nectar.', '\\[1:00:00\\] That is all.\n'].join(
        '\n\n',
      ),
    );
  });

  it('says so where nothing was said', () => {
    expect(transcriptMarkdown(transcript([]))).toBe('# Honey\n\nLength: 1:00:05\n\nNothing was said.\n');
  });

  it('shows text as it stands, whatever it would be', () => {
    const [title, , said] = transcriptMarkdown(transcript([{ start: 0, end: 1, text: HOSTILE }], HOSTILE)).split(
      '\n\n',
    );
    const shown =
      '\\<script\\>alert(1)\\</script\\> \\&amp; \\# \\*a\\* \\[b\\](http\\://c.d) 1 00:00:09.000 --\\> 00:00:10.000 NOTE {\\\\an8}';
    expect(title).toBe(`# ${shown}`);
    expect(said?.trimEnd()).toBe(`\\[00:00\\] ${shown}`);
  });
});

describe('a conversation as Markdown', () => {
  it('has questions, answers and the places that they rest on', () => {
    expect(conversationMarkdown(conversation())).toBe(
      [
        '# Honey',
        'Length: 1:00:05',
        '## 1. What is honey?',
        'It is made from nectar.',
        'Bees make it.',
        '- \\[1:00:00–1:00:05\\] That is all.\n- \\[00:00–00:05\\] Bees make honey from nectar.',
        '## 2. Who?',
        'It does not say.\n',
      ].join('\n\n'),
    );
  });

  it('names the lecture of each place where all were asked', () => {
    const [first] = conversation().turns;
    const citations = [{ start: 0, end: 5, text: 'Bees make honey.', lectureId: LECTURE_ID, title: 'On *honey*' }];
    const turns = first === undefined ? [] : [{ ...first, citations }];
    const markdown = conversationMarkdown({ lectureId: '*', title: 'All lectures', turns, totalTurns: 1 });
    expect(markdown).toContain('# All lectures\n\n## 1.');
    expect(markdown).toContain('- On \\*honey\\* \\[00:00–00:05\\] Bees make honey.');
  });

  it('says so where nothing was asked', () => {
    expect(conversationMarkdown(conversation({ turns: [], totalTurns: 0 }))).toContain('Nothing has been asked yet.');
  });

  it('tells that it is not all', () => {
    const markdown = conversationMarkdown(conversation({ totalTurns: 12 }));
    expect(markdown).toContain('The 2 newest of 12 questions.');
  });
});

describe('escapeMarkdown', () => {
  it.each([
    ['- a list', '\\- a list'],
    ['1. a list', '1\\. a list'],
    ['2026) a list', '2026\\) a list'],
    ['=== a heading', '\\=== a heading'],
    ['a | table', 'a \\| table'],
    ['$E = mc^2$', '\\$E = mc^2\\$'],
    ['www.example.org', 'www\\.example.org'],
    ['@someone #12', '\\@someone \\#12'],
    ["It's 3.5 - or more: (plain) text!", "It's 3.5 - or more: (plain) text!"],
  ])('%s', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
});
