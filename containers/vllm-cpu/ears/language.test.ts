import { describe, expect, it } from '@jest/globals';
import { refuseLanguage } from './language.ts';

const refused = (text: string): string | undefined => refuseLanguage([{ role: 'user', text }])?.message;

describe('ears that know English only', () => {
  it('say so where another language is named, with the parameter that is to blame', () => {
    const error = refuseLanguage([{ role: 'user', text: 'The speech is in Brazilian Portuguese. Transcribe.' }]);
    expect(error).toMatchObject({
      status: 400,
      message:
        'The ears of this stand-in know English only; they cannot hear Brazilian Portuguese. (parameter=language)',
      param: 'language',
    });
  });

  it.each([
    'Transcribe this recording word for word.',
    'The speech is in English. Transcribe.',
    'The speech is in British English. Transcribe.',
  ])('hear: %s', (text) => {
    expect(refused(text)).toBeUndefined();
  });

  it('do not mind what a lecture says of it', () => {
    expect(refuseLanguage([{ role: 'system', text: '[1] The speech is in German.' }])).toBeUndefined();
  });
});
