import { describe, expect, it } from '@jest/globals';
import { decodeEventKey, exportKey, lectureKey, parseKey, queryKey, responseKey, transcriptKey } from './keys.ts';

const identityId = 'eu-west-1:0e7c6a8e-55bb-4f4c-9a53-16d3a4f4f1a0';
const id = '4f9d3f62-6f0e-4f0a-9f2e-0f6ed2b0a001';

describe('parseKey', () => {
  it.each([
    [lectureKey(identityId, id, 'week 3, ünïcode.mp3'), { kind: 'lecture', identityId, lectureId: id }],
    [transcriptKey(identityId, id), { kind: 'transcript', identityId, lectureId: id }],
    [queryKey(identityId, id, 'wav'), { kind: 'query', identityId, queryId: id, extension: 'wav' }],
    [responseKey(identityId, id), { kind: 'response', identityId, queryId: id }],
    [
      exportKey(identityId, id, 'conversation', 'md'),
      { kind: 'export', identityId, lectureId: id, what: 'conversation', format: 'md' },
    ],
    [
      exportKey(identityId, '*', 'conversation', 'md'),
      { kind: 'export', identityId, lectureId: '*', what: 'conversation', format: 'md' },
    ],
  ])('reads %s back', (key, expected) => {
    expect(parseKey(key)).toMatchObject(expected);
  });

  it.each([
    '',
    'lectures',
    `lectures/${identityId}/${id}/`,
    `lectures/${identityId}/${id}/..`,
    `lectures/${identityId}/../${id}/a.mp3`,
    `lectures/${identityId}/${id}/a/b.mp3`,
    `lectures/${identityId}/${id}/a%2Fb.mp3`,
    `lectures/${identityId}/${id}/a\u0000.mp3`,
    `queries/${identityId}/../${id}.wav`,
    `queries/${identityId}/${id.toUpperCase()}.wav`,
    `queries/not-an-identity/${id}.wav`,
    `/queries/${identityId}/${id}.wav`,
    `queries/${identityId}/${id}.wav/x`,
    `responses/${identityId}/${id}.transcript.exe`,
    `responses/${identityId}/${id}.session.json`,
    `responses/${identityId}/${id}.transcript.mp3`,
    `x/queries/${identityId}/${id}.wav`,
    `queries/${identityId}/${id}.${'w'.repeat(2000)}`,
  ])('refuses %j', (key) => {
    expect(parseKey(key)).toBeUndefined();
  });
});

describe('decodeEventKey', () => {
  it('decodes a plus as a space and an encoded plus as a plus', () => {
    expect(decodeEventKey('lectures/eu-west-1%3Aabc/week+3%2B.mp3')).toBe('lectures/eu-west-1:abc/week 3+.mp3');
  });

  it('gives nothing for a broken escape', () => {
    expect(decodeEventKey('lectures/%E0%A4%A')).toBeUndefined();
  });
});
