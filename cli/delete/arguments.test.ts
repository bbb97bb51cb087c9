import { describe, expect, it } from '@jest/globals';
import { parseDeleteArguments } from './arguments.ts';

const ID = '6b2d3c4e-1a2b-4c3d-9e8f-7a6b5c4d3e2f';

describe('parseDeleteArguments', () => {
  it('takes a lecture, on the server of npm start unless told', () => {
    expect(parseDeleteArguments([ID])).toEqual({ lectureId: ID, url: 'ws://127.0.0.1:8080/Prod' });
    expect(parseDeleteArguments(['--url', 'wss://x/Prod', ID])).toEqual({ lectureId: ID, url: 'wss://x/Prod' });
  });

  it.each([
    [[], 'Usage: npm run delete'],
    [[ID, ID], 'Usage: npm run delete'],
    [['*'], 'named by its id'],
    [[ID.toUpperCase()], 'named by its id'],
    [[ID, '--all'], 'Usage: npm run delete'],
    [[ID, '--url', 'ftp://x'], '--url'],
  ])('refuses %j', (argv, reason) => {
    expect(() => parseDeleteArguments(argv)).toThrow(reason);
  });

  it('only tells how it is used where help is asked for', () => {
    expect(parseDeleteArguments(['-h'])).toBeUndefined();
  });
});
