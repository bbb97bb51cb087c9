import { describe, expect, it } from '@jest/globals';
import { fileNameSchema } from '../protocol/keys.ts';
import { uploadMessageSchema } from '../protocol/messages.ts';
import { describeFile, refusalOf } from './lecture-file.ts';

const file = (name: string, type = '', size = 10) => ({ name, type, size });

describe('a chosen file', () => {
  it.each([
    ['honey-lecture.mp3', 'Honey lecture', 'audio/mpeg'],
    ['Biology_101  week 3.M4A', 'Biology 101 week 3', 'audio/mp4'],
    ['lecture 4.mp4', 'Lecture 4', 'video/mp4'],
    ['2026-03-01.wav', '2026-03-01', 'audio/wav'],
    ['no ending', 'No ending', 'application/octet-stream'],
    ['.hidden', '.hidden', 'application/octet-stream'],
  ])('%s gets a title and a type', (name, title, contentType) => {
    expect(describeFile(file(name))).toMatchObject({ title, contentType });
  });

  it('keeps the type that the browser tells, where the name tells none', () => {
    expect(describeFile(file('memo.3gp', 'audio/3gpp')).contentType).toBe('audio/3gpp');
    expect(describeFile(file('memo.xyz', 'not a type')).contentType).toBe('application/octet-stream');
  });

  it.each(['a/b\\c%.mp3', '...', '${filename}.mp3', `${'x'.repeat(300)}.mp3`, '名前\u0007.mp3', '', '👩‍🚀'.repeat(90)])(
    'named %j is described as the server takes it',
    (name) => {
      const description = describeFile(file(name));
      expect(fileNameSchema.safeParse(description.filename).success).toBe(true);
      const lectureId = '6b2d3c4e-1a2b-4c3d-9e8f-7a6b5c4d3e2f';
      const message = { action: 'upload', lectureId, bytes: 10, ...description };
      expect(uploadMessageSchema.safeParse(message).success).toBe(true);
      expect(description.filename).not.toContain('${');
    },
  );

  it('that cannot be a lecture is refused with the reason', () => {
    expect(refusalOf(file('a.mp3', '', 0))).toMatch(/empty/);
    expect(refusalOf(file('a.wav', '', 2_000_000_001))).toMatch(/2 GB/);
    expect(refusalOf(file('a.wav', '', 2_000_000_000))).toBeUndefined();
  });
});
