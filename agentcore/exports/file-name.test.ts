import { describe, expect, it } from '@jest/globals';
import { contentDisposition, exportFileName } from './file-name.ts';

describe('exportFileName', () => {
  it.each([
    ['Honey', 'Honey.vtt'],
    ['Woche 3: Grüße', 'Woche 3_ Grüße.vtt'],
    ['../../etc/passwd', '_.._etc_passwd.vtt'],
    ['a\r\nSet-Cookie: x', 'a Set-Cookie_ x.vtt'],
    ['con', '_con.vtt'],
    ['... ', 'lecture.vtt'],
    ['\u202Efdp.exe', 'fdp.exe.vtt'],
    ['🐝'.repeat(200), `${'🐝'.repeat(45)}.vtt`],
  ])('makes of %j a name that every system takes', (title, name) => {
    expect(exportFileName(title, 'transcript', 'vtt')).toBe(name);
  });
});

describe('contentDisposition', () => {
  it('gives the name in ASCII, and in full', () => {
    expect(contentDisposition("Grüße (it's 50%).md")).toBe(
      `attachment; filename="Gru_e (it's 50_).md"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%28it%27s%2050%25%29.md`,
    );
  });

  it('is ASCII without quotes of the name, whatever it is', () => {
    expect(contentDisposition('"\\蜂蜜\uD800.md')).toMatch(
      /^attachment; filename="[^"\\]+"; filename\*=UTF-8''[\w.%-]+$/,
    );
  });
});
