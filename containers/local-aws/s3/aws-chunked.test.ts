import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { AwsChunkedDecoder } from './aws-chunked.ts';

const encoded = '5\r\nhello\r\n7;chunk-extension=x\r\n, world\r\n0\r\nX-Amz-Checksum-CRC32: abc=\r\n\r\n';

async function decode(chunks: string[]) {
  const decoder = new AwsChunkedDecoder();
  const text = (await buffer(Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(decoder))).toString();
  return { text, trailers: Object.fromEntries(decoder.trailers) };
}

describe('AwsChunkedDecoder', () => {
  it('gives the same however the bytes arrive', async () => {
    const expected = { text: 'hello, world', trailers: { 'x-amz-checksum-crc32': 'abc=' } };
    expect(await decode(encoded.match(/./gs) ?? [])).toEqual(expected);
    for (let cut = 0; cut <= encoded.length; cut++) {
      expect(await decode([encoded.slice(0, cut), encoded.slice(cut)])).toEqual(expected);
    }
  });

  it.each([
    ['ends early', encoded.slice(0, -2)],
    ['ends within a chunk', '5\r\nhel'],
    ['goes on after its end', `${encoded}5\r\n`],
    ['has a chunk without a size', 'x\r\nhello\r\n'],
    ['has a chunk longer than it says', '2\r\nhello\r\n0\r\n\r\n'],
    ['never ends a line', 'a'.repeat(2000)],
  ])('refuses a body that %s', async (_what, text) => {
    await expect(decode([text])).rejects.toMatchObject({ code: 'IncompleteBody' });
  });
});
