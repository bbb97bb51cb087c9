import { describe, expect, it } from '@jest/globals';
import { ALL, HOME, lectureLink, parseRoute } from './route.ts';

const lectureId = '6b2d3c4e-1a2b-4c3d-9e8f-7a6b5c4d3e2f';

describe('an address', () => {
  it('leads to the screen that it was made for', () => {
    expect(parseRoute('')).toEqual({ screen: 'home' });
    expect(parseRoute(HOME)).toEqual({ screen: 'home' });
    expect(parseRoute(ALL)).toEqual({ screen: 'all' });
    expect(parseRoute(lectureLink('*'))).toEqual({ screen: 'all' });
    expect(parseRoute(lectureLink(lectureId))).toEqual({ screen: 'lecture', lectureId, at: undefined });
    expect(parseRoute(lectureLink(lectureId, 61.2))).toEqual({ screen: 'lecture', lectureId, at: 61.2 });
  });

  it.each(['#/lectures/', '#/lectures/x', '#/nowhere', '#main'])('that leads nowhere, %s, is known to', (fragment) =>
    expect(parseRoute(fragment)).toEqual({ screen: 'unknown' }),
  );

  it.each(['-1', 'x', 'Infinity', ''])('with the time %j begins nowhere', (at) =>
    expect(parseRoute(`#/lectures/${lectureId}?t=${at}`)).toMatchObject({ at: undefined }),
  );
});
