import { describe, expect, it } from '@jest/globals';
import { findGoogleLanguage } from './languages.ts';

describe('findGoogleLanguage', () => {
  it.each([
    ['de', { language: 'de', tld: 'com' }],
    ['DE', { language: 'de', tld: 'com' }],
    // What gTTS sends for it, and the host that gives it its accent.
    ['fr-CA', { language: 'fr', tld: 'ca' }],
    ['zh-TW', { language: 'zh-TW', tld: 'com' }],
    ['en-GB', { language: 'en', tld: 'co.uk' }],
    // No accent of its own: the language all the same.
    ['de-AT', { language: 'de', tld: 'com' }],
  ])('%s', (tag, expected) => {
    expect(findGoogleLanguage(tag)).toMatchObject(expected);
  });

  it.each(['xx', 'xx-DE', '', '-', 'de_AT'])('does not know %j', (tag) => {
    expect(findGoogleLanguage(tag)).toBeUndefined();
  });
});
