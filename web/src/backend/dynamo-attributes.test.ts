import { describe, expect, it } from '@jest/globals';
import { itemReplySchema } from './dynamo-attributes.ts';

describe('an item of DynamoDB', () => {
  it('is read as plain values, in one another', () => {
    const conversation = { L: [{ M: { question: { S: 'Why?' }, citations: { L: [] }, audioKey: { NULL: true } } }] };
    expect(itemReplySchema.parse({ Item: { title: { S: 'Tides' }, expiresAt: { N: '17.5' }, conversation } })).toEqual({
      Item: {
        title: 'Tides',
        expiresAt: 17.5,
        conversation: [{ question: 'Why?', citations: [], audioKey: null }],
      },
    });
  });

  it('may not be there', () => expect(itemReplySchema.parse({})).toEqual({}));

  it('that is none is not taken for one', () =>
    expect(itemReplySchema.safeParse({ Item: { title: 'Tides' } }).success).toBe(false));
});
