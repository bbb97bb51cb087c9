import { describe, expect, it } from '@jest/globals';
import { decodeRpc, rpcUrl } from './batchexecute.ts';

/** Two frames of 96 bytes: 32 kbit/s, 24 kHz. */
const FRAME = Buffer.concat([Buffer.from('fff344c4', 'hex'), Buffer.alloc(92, 0xaa)]);
const MP3 = Buffer.concat([FRAME, FRAME]);
const audio = (mp3: Buffer): string => reply(JSON.stringify(JSON.stringify([mp3.toString('base64')])));

function reply(payload: string): string {
  return `)]}'\n\n[["wrb.fr","jQ1olc",${payload},null,null,null,"generic"]\n,["di",42]\n]`;
}

describe('rpcUrl', () => {
  it('asks the host of the accent', () => {
    expect(rpcUrl('co.uk').href).toBe('https://translate.google.co.uk/_/TranslateWebserverUi/data/batchexecute');
  });
});

describe('decodeRpc', () => {
  it('reads the MP3 out of the reply, however its JSON is escaped', () => {
    const base64 = MP3.toString('base64');
    expect(decodeRpc(audio(MP3))).toEqual(MP3);
    const escaped = base64.replaceAll('/', '\\\\/').replaceAll('=', '\\\\u003d');
    expect(decodeRpc(reply(`"[\\"${escaped}\\"]"`))).toEqual(MP3);
  });

  it('lets tags stand around the MP3', () => {
    const id3 = Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\x05', 'latin1'), Buffer.alloc(5)]);
    const tag = Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125)]);
    expect(decodeRpc(audio(Buffer.concat([id3, MP3, tag])))).toHaveLength(15 + 192 + 128);
  });

  it.each([
    ['MP3 that breaks off', audio(MP3.subarray(0, 150)), 'malformed'],
    ['a tag without MP3', audio(Buffer.from('ID3\x04\0\0\0\0\0\0', 'latin1')), 'malformed'],
    ['an error envelope', `)]}'\n\n[["er",null,null,null,null,400,null,null,null,3]\n]`, 'no_audio'],
    ['null audio', reply('null'), 'no_audio'],
    ['an HTML page', '<html>jQ1olc</html>', 'no_audio'],
    ['nothing', '', 'no_audio'],
    ['a reply that was cut within the audio', reply('"[\\"//NExAA').slice(0, 40), 'no_audio'],
    ['an empty audio', reply('"[\\"\\"]"'), 'malformed'],
    ['something else than a list', reply('"{}"'), 'malformed'],
    ['what is not base64', reply('"[\\"//NE*AA\\"]"'), 'malformed'],
    ['base64 that lost its end', reply('"[\\"//NExAAYI\\"]"'), 'malformed'],
    ['what is not MP3', reply(JSON.stringify(JSON.stringify([Buffer.from('<html>').toString('base64')]))), 'malformed'],
  ])('refuses %s', (_name, text, kind) => {
    expect(() => decodeRpc(text)).toThrow(expect.objectContaining({ name: 'GoogleError', kind }));
  });
});
