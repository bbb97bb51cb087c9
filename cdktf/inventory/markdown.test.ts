/** What a state could hold does not become markup. */
import { describe, expect, it } from '@jest/globals';
import { escapeText, table } from './markdown.ts';

describe('text of a cell', () => {
  it.each([
    ['a|b', 'a\\|b'],
    ['`code`', '\\`code\\`'],
    ['two\nlines\r\nand\u2028three', 'two lines and three'],
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['<!-- prettier-ignore-end -->', '&lt;!-- prettier-ignore-end --&gt;'],
    ['&lt;b&gt;', '&amp;lt;b&amp;gt;'],
    ['[link](javascript:x)', '\\[link\\](javascript:x)'],
    ['![image](x)', '!\\[image\\](x)'],
    ['**bold** and ~~gone~~', '\\*\\*bold\\*\\* and \\~\\~gone\\~\\~'],
    ['_slanted_ and aws_instance', '\\_slanted\\_ and aws_instance'],
    ['\\|', '\\\\\\|'],
    ['https://evil.example', 'https:&#47;&#47;evil.example'],
    ['www.evil.example', 'www&#46;evil.example'],
    ['a@b.example', 'a&#64;b.example'],
    ['\u202etxt.exe\u0000', 'txt.exe'],
  ])('%j is written as %j', (text, expected) => expect(escapeText(text)).toBe(expected));

  it('is cut where it has no end', () => {
    expect(escapeText('x'.repeat(10_000))).toBe(`${'x'.repeat(500)}…`);
  });
});

describe('a table', () => {
  it('has as many columns in each row, whatever its cells hold', () => {
    const lines = table(
      ['A', 'B'],
      [
        ['|', 'x\n|---|---|'],
        ['y', ''],
      ],
      ['', 'right'],
    ).split('\n');
    expect(lines).toEqual(['| A | B |', '| --- | ---: |', '| \\| | x \\|---\\|---\\| |', '| y |  |']);
  });
});
