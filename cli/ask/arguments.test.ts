import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAskArguments } from './arguments.ts';

const MP3 = join(import.meta.dirname, '../../test/fixtures/containers/cbr.mp3');

describe('parseAskArguments', () => {
  it('takes a typed question and the defaults', async () => {
    expect(await parseAskArguments([MP3, 'Why?'])).toEqual({
      lecture: { path: MP3 },
      question: { text: 'Why?' },
      url: undefined,
      outPath: resolve('answer.mp3'),
      language: undefined,
      json: false,
    });
  });

  it('takes a question that is a file as audio, and the options anywhere', async () => {
    expect(await parseAskArguments(['--json', MP3, '--url', 'ws://x/Prod', MP3])).toMatchObject({
      question: { path: MP3 },
      url: 'ws://x/Prod',
      json: true,
    });
  });

  it('takes the id of a lecture in place of a recording, where npm start listens unless told', async () => {
    const lectureId = '6b2d3c4e-1a2b-4c3d-9e8f-7a6b5c4d3e2f';
    expect(await parseAskArguments([lectureId, 'Why?'])).toMatchObject({
      lecture: { lectureId },
      url: 'ws://127.0.0.1:8080/Prod',
    });
    expect(await parseAskArguments([lectureId, 'Why?', '--url', 'ws://x/Prod'])).toMatchObject({ url: 'ws://x/Prod' });
  });

  it('takes all lectures, and a language', async () => {
    expect(await parseAskArguments(['*', 'Why?', '--language', 'pt-BR'])).toMatchObject({
      lecture: { lectureId: '*' },
      language: 'pt-BR',
    });
  });

  it('takes the ending of an MP3 in capitals too', async () => {
    expect(await parseAskArguments([MP3, 'Why?', '--out', 'A.MP3'])).toMatchObject({ outPath: resolve('A.MP3') });
  });

  it('gives nothing where help is wanted', async () => {
    expect(await parseAskArguments(['--help'])).toBeUndefined();
  });

  it.each([
    ['no arguments', [], 'Usage: npm run ask'],
    ['an argument too many', [MP3, 'Why?', 'How?'], 'Usage: npm run ask'],
    ['an unknown option', [MP3, 'Why?', '--loud'], "Unknown option '--loud'. Usage: npm run ask"],
    ['a lecture that is not there', ['no-such.mp3', 'Why?'], 'There is no file no-such.mp3.'],
    ['a question that is not there', [MP3, 'no-such.WAV'], 'There is no file no-such.WAV.'],
    ['an empty question', [MP3, ' '], 'The question is empty.'],
    ['a long question', [MP3, 'why '.repeat(1000)], 'The question is longer than 2000 characters.'],
    ['a language that is none', [MP3, 'Why?', '--language', 'german!'], 'german! is no language tag'],
    ['an odd address', [MP3, 'Why?', '--url', 'http://x'], '--url must be a WebSocket address'],
    ['an output nowhere', [MP3, 'Why?', '--out', '/no/such/folder/a.mp3'], 'The folder of --out does not exist'],
    ['an output that is no MP3', [MP3, 'Why?', '--out', 'a3.wav'], 'its name must end in .mp3'],
    ['an output without an ending', [MP3, 'Why?', '--out', 'answer'], 'its name must end in .mp3'],
    ['an output that is a folder', [MP3, 'Why?', '--out', import.meta.dirname], '--out is a folder'],
  ])('refuses %s', async (_what, args, sentence) => {
    await expect(parseAskArguments(args)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(sentence),
    });
  });
});
