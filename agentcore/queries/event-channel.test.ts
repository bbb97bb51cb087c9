import { describe, expect, it } from '@jest/globals';
import type { QueryEvent, WorkingEvent } from '../../protocol/messages.ts';
import { EventChannel } from './event-channel.ts';

const queryId = '4f9d3f62-6f0e-4f0a-9f2e-0f6ed2b0a001';
type Event = QueryEvent | WorkingEvent;

describe('EventChannel', () => {
  it('numbers events from 1 without gaps, in order, one at a time', async () => {
    const sent: Event[] = [];
    let inFlight = 0;
    const channel = new EventChannel(
      queryId,
      {
        send: async (event) => {
          expect(++inFlight).toBe(1);
          await new Promise(setImmediate);
          inFlight--;
          sent.push(event);
        },
      },
      () => undefined,
    );
    channel.push({ type: 'question', text: 'Why?' });
    for (let index = 0; index < 5; index++)
      channel.push({ type: 'audio', index, mime: 'audio/mpeg', data: '', last: true });
    await channel.flush();
    expect(sent.map((event) => 'seq' in event && event.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(sent.map((event) => event.type)).toEqual(['question', ...Array.from({ length: 5 }, () => 'audio')]);
  });

  it('joins text that piles up behind a slow listener, and nothing across other events', async () => {
    const sent: Event[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const channel = new EventChannel(
      queryId,
      {
        send: async (event) => {
          sent.push(event);
          if (sent.length === 1) await held;
        },
      },
      () => undefined,
    );
    for (const delta of ['Tides ', 'follow ', 'the ']) channel.push({ type: 'answer', delta });
    channel.push({ type: 'citation', start: 1, end: 2, text: 'x' });
    for (const delta of ['moon', '.']) channel.push({ type: 'answer', delta });
    release();
    await channel.flush();
    expect(sent).toMatchObject([
      { type: 'answer', seq: 1, delta: 'Tides ' },
      { type: 'answer', seq: 2, delta: 'follow the ' },
      { type: 'citation', seq: 3 },
      { type: 'answer', seq: 4, delta: 'moon.' },
    ]);
  });

  it('lets sound go before text that waits, and keeps sound in order', async () => {
    const sent: Event[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const sink = {
      send: async (event: Event) => {
        sent.push(event);
        if (sent.length === 1) await held;
      },
    };
    const channel = new EventChannel(queryId, sink, () => undefined);
    channel.push({ type: 'question', text: 'Why?' });
    channel.push({ type: 'answer', delta: 'Tides follow ' });
    const audio = { type: 'audio', mime: 'audio/mpeg', data: '', last: false } as const;
    channel.push({ ...audio, index: 0 });
    channel.push({ ...audio, index: 1 });
    channel.push({ type: 'answer', delta: 'the moon.' });
    release();
    await channel.flush();
    expect(sent).toMatchObject([
      { type: 'question', seq: 1 },
      { type: 'audio', seq: 2, index: 0 },
      { type: 'audio', seq: 3, index: 1 },
      { type: 'answer', seq: 4, delta: 'Tides follow the moon.' },
    ]);
  });

  it('gives a sign of life without a number, where nothing else is on its way', async () => {
    const sent: Event[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const sink = {
      send: async (event: Event) => {
        sent.push(event);
        if (event.type === 'question') await held;
      },
    };
    const channel = new EventChannel(queryId, sink, () => undefined);
    channel.keepAlive(0);
    await channel.flush();
    channel.push({ type: 'question', text: 'Why?' });
    channel.keepAlive(0);
    release();
    await channel.flush();
    channel.keepAlive(60_000);
    channel.push({ type: 'answer', delta: 'So.' });
    await channel.flush();
    expect(sent).toEqual([
      { type: 'working', queryId },
      { type: 'question', queryId, seq: 1, text: 'Why?' },
      { type: 'answer', queryId, seq: 2, delta: 'So.' },
    ]);
  });

  it('sends what is pushed while a sign of life is on its way', async () => {
    const sent: Event[] = [];
    const sink = {
      send: async (event: Event) => {
        await new Promise(setImmediate);
        sent.push(event);
      },
    };
    const channel = new EventChannel(queryId, sink, () => undefined);
    channel.keepAlive(0);
    channel.push({ type: 'question', text: 'Why?' });
    await channel.flush();
    expect(sent.map(({ type }) => type)).toEqual(['working', 'question']);
  });

  it('tells once that its listener broke, and sends nothing more', async () => {
    const broken: unknown[] = [];
    const channel = new EventChannel(queryId, { send: async () => Promise.reject(new Error('gone')) }, (error) =>
      broken.push(error),
    );
    channel.push({ type: 'question', text: 'Why?' });
    channel.push({ type: 'answer', delta: 'a' });
    await channel.flush();
    channel.push({ type: 'answer', delta: 'b' });
    await channel.flush();
    expect(broken).toHaveLength(1);
  });
});
