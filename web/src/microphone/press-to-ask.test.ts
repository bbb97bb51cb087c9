import { describe, expect, it } from '@jest/globals';
import { HOLD_MS, PressToAsk } from './press-to-ask.ts';

describe('the button', () => {
  it('records while it is held, and sends when it is let go', () => {
    const button = new PressToAsk();
    expect(button.press(0)).toBe('start');
    expect(button.release(HOLD_MS)).toBe('send');
    expect(button.press(5_000)).toBe('start');
  });

  it('records on after a short press, until it is pressed again', () => {
    const button = new PressToAsk();
    expect(button.press(0)).toBe('start');
    expect(button.release(HOLD_MS - 1)).toBe('none');
    expect(button.press(9_000)).toBe('send');
    expect(button.release(9_900)).toBe('none');
    expect(button.press(20_000)).toBe('start');
  });

  it('does nothing when it is let go after the recording was thrown away', () => {
    const button = new PressToAsk();
    button.press(0);
    button.reset();
    expect(button.release(1_000)).toBe('none');
    expect(button.press(2_000)).toBe('start');
  });
});
