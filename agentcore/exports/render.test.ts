import { describe, expect, it } from '@jest/globals';
import { exportFormatSchema } from '../../protocol/exports.ts';
import { renderConversation, renderTranscript } from './render.ts';
import { conversation, HOUR, transcript } from './test-support/lectures.ts';

describe('an export', () => {
  it('tells in WebVTT what it is of, and what is left out', () => {
    expect(renderTranscript(transcript(HOUR), 'vtt').text).toMatch(/^WEBVTT\n\nNOTE Honey \(1:00:05\)\n\n00:00/);
    expect(renderConversation(conversation(), 'vtt').text).toContain(
      '\n\nNOTE Left out, since no place in the recording is cited: 1\n\n',
    );
  });

  it.each(exportFormatSchema.options)('has a name and a type as %s', (format) => {
    const { contentType, fileName, text } = renderTranscript(transcript([]), format);
    expect(fileName).toBe(`Honey.${format}`);
    expect(contentType).toMatch(/^[a-z]+\/[a-z-]+; charset=utf-8$/);
    expect(typeof text).toBe('string');
    expect(renderConversation(conversation({ turns: [] }), format).fileName).toBe(`Honey (conversation).${format}`);
  });
});
