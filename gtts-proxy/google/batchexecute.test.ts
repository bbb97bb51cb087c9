import { describe, expect, it } from '@jest/globals';
import { decodeRpc, rpcUrl } from './batchexecute.ts';

const MP3 = Buffer.from('fff344c4001820', 'hex');

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
    expect(decodeRpc(reply(JSON.stringify(JSON.stringify([base64]))))).toEqual(MP3);
    const escaped = base64.replaceAll('/', '\\\\/').replaceAll('=', '\\\\u003d');
    expect(decodeRpc(reply(`"[\\"${escaped}\\"]"`))).toEqual(MP3);
  });

  it.each([
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
