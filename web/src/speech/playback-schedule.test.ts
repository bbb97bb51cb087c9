import { describe, expect, it } from '@jest/globals';
import { PlaybackSchedule } from './playback-schedule.ts';

describe('a schedule', () => {
  it('begins at once, and goes on without a gap while pieces come in time', () => {
    const schedule = new PlaybackSchedule();
    const first = schedule.next(10, 1.5);
    expect(first).toBeCloseTo(10.02);
    expect(schedule.next(10.4, 2)).toBe(first + 1.5);
    expect(schedule.next(13.5, 0.25)).toBe(first + 3.5);
    expect(schedule.end).toBe(first + 3.75);
  });

  it('never lets pieces overlap or begin in the past, where one comes late', () => {
    const schedule = new PlaybackSchedule();
    schedule.next(0, 1);
    expect(schedule.next(5, 1)).toBeCloseTo(5.02);
    expect(schedule.next(6.015, 1)).toBeCloseTo(6.035);
  });
});
