import { describe, expect, it } from '@jest/globals';
import { untilAborted } from '../../service-kit/until-aborted.ts';
import { SharedAnswer, type MakeAnswer } from './shared-answer.ts';

const { signal } = new AbortController();

interface Setup {
  answer: SharedAnswer;
  /** What the cache was told. */
  ended: (Buffer | undefined)[];
}

function start(make: MakeAnswer, maxBytes = 1000): Setup {
  const ended: (Buffer | undefined)[] = [];
  return { answer: new SharedAnswer(make, { maxBytes, onEnd: (whole) => ended.push(whole) }), ended };
}

async function* say(...words: string[]): AsyncGenerator<Buffer> {
  for (const word of words) yield await Promise.resolve(Buffer.from(word));
}

async function hear(audio: AsyncIterable<Buffer>): Promise<string> {
  let heard = '';
  for await (const bytes of audio) heard += bytes.toString();
  return heard;
}

describe('SharedAnswer', () => {
  it('is heard whole by everybody, whenever they came, and told of once', async () => {
    const { answer, ended } = start(() => say('a', 'b', 'c'));
    const first = answer.listen(signal);
    expect((await first.next()).value).toEqual(Buffer.from('a'));
    const later = hear(answer.listen(signal));
    expect(await hear(first)).toBe('bc');
    expect(await later).toBe('abc');
    expect(await hear(answer.listen(signal))).toBe('abc');
    expect(ended).toEqual([Buffer.from('abc')]);
  });

  it('fails for everybody, and is no answer', async () => {
    const { answer, ended } = start(async function* () {
      yield* say('a');
      throw new Error('broke off');
    });
    const all = [answer.listen(signal), answer.listen(signal)].map(hear);
    expect(await Promise.allSettled(all)).toMatchObject([
      { reason: { message: 'broke off' } },
      { reason: { message: 'broke off' } },
    ]);
    expect(ended).toEqual([undefined]);
  });

  it('goes on while one listener is left, and is given up when the last leaves', async () => {
    const { answer, ended } = start(async function* (abandoned) {
      yield* say('a');
      await untilAborted(new Promise(() => undefined), abandoned);
    });
    const first = new AbortController();
    const last = new AbortController();
    const hearing = [first, last].map((listener) => hear(answer.listen(listener.signal)));
    const heard = Promise.allSettled(hearing);
    first.abort(new Error('left'));
    await expect(hearing[0]).rejects.toThrow('left');
    expect(ended).toEqual([]);
    last.abort(new Error('left too'));
    expect(await heard).toMatchObject([{ reason: { message: 'left' } }, { reason: { message: 'left too' } }]);
    expect(ended).toEqual([undefined]);
  });

  it('is given up where its only listener stops reading', async () => {
    let reason: unknown;
    const { answer, ended } = start(async function* (abandoned) {
      abandoned.addEventListener('abort', () => {
        reason = abandoned.reason;
      });
      yield* say('a', 'b', 'c');
    });
    for await (const bytes of answer.listen(signal)) {
      expect(bytes.toString()).toBe('a');
      break;
    }
    expect(reason).toMatchObject({ message: 'Nobody listens any more.' });
    expect(ended).toEqual([undefined]);
  });

  it('is made at the pace of its listeners', async () => {
    let made = 0;
    const { answer } = start(async function* () {
      for (;;) {
        made++;
        yield await Promise.resolve(Buffer.from('a'));
      }
    });
    const listener = answer.listen(signal);
    await listener.next();
    await listener.next();
    expect(made).toBe(2);
    await listener.return(undefined);
  });

  it('holds no more than was not heard by all where it is too long to be kept', async () => {
    const { answer, ended } = start(() => say('aa', 'bb', 'cc', 'dd'), 3);
    const fast = answer.listen(signal);
    const slow = answer.listen(signal);
    expect(await hear(fast)).toBe('aabbccdd');
    expect(await hear(slow)).toBe('aabbccdd');
    expect(ended).toEqual([undefined]);
  });
});
