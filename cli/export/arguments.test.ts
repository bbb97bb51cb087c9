import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseExportArguments } from './arguments.ts';

const ID = '6b2d3c4e-1a2b-4c3d-9e8f-7a6b5c4d3e2f';
const OUT = join(import.meta.dirname, 'lecture.MD');

describe('parseExportArguments', () => {
  it('takes the transcript as WebVTT to stdout unless told', async () => {
    expect(await parseExportArguments([ID])).toEqual({
      lectureId: ID,
      what: 'transcript',
      format: 'vtt',
      outPath: undefined,
      url: 'ws://127.0.0.1:8080/Prod',
    });
  });

  it('takes what it is told, the options anywhere', async () => {
    const args = ['--what', 'conversation', '--format', 'json', '--out', OUT, ID, '--url', 'wss://x/Prod'];
    expect(await parseExportArguments(args)).toEqual({
      lectureId: ID,
      what: 'conversation',
      format: 'json',
      outPath: OUT,
      url: 'wss://x/Prod',
    });
  });

  it('takes the format from the file’s name', async () => {
    expect(await parseExportArguments([ID, '--out', OUT])).toMatchObject({ format: 'md' });
    const text = `${OUT}.txt`;
    expect(await parseExportArguments([ID, '--out', text, '--format', 'srt'])).toMatchObject({ format: 'srt' });
  });

  it('takes the conversation about all lectures as Markdown', async () => {
    expect(await parseExportArguments(['*'])).toMatchObject({ lectureId: '*', what: 'conversation', format: 'md' });
    expect(await parseExportArguments(['*', '--format', 'json'])).toMatchObject({ format: 'json' });
  });

  it('gives nothing where help is wanted', async () => {
    expect(await parseExportArguments(['--help'])).toBeUndefined();
  });

  it.each([
    ['no arguments', [], 'Usage: npm run export'],
    ['an argument too many', [ID, ID], 'Usage: npm run export'],
    ['an unknown option', [ID, '--loud'], "Unknown option '--loud'. Usage: npm run export"],
    ['what is no id', ['honey.mp3'], 'The lecture is named by its id'],
    ['an unknown part', [ID, '--what', 'audio'], '--what must be transcript or conversation.'],
    ['an unknown format', [ID, '--format', 'pdf'], '--format must be vtt, srt, md or json.'],
    ['an ending that tells no format', [ID, '--out', 'x.pdf'], 'must be .vtt, .srt, .md or .json, or'],
    ['no ending', [ID, '--out', 'transcript'], 'must be .vtt, .srt, .md or .json, or'],
    ['an odd address', [ID, '--url', 'http://x'], '--url must be a WebSocket address'],
    ['an output nowhere', [ID, '--out', '/no/such/folder/a.md'], 'The folder of --out does not exist'],
  ])('refuses %s', async (_what, args, sentence) => {
    await expect(parseExportArguments(args)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(sentence),
    });
  });
});
