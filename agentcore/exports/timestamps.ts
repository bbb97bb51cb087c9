/** Times in a recording as the formats write them. */

/** 99:59:59.999: players of SRT know two digits of hours. A citation is what a guest may have written: any number. */
const MAX_MS = 100 * 3_600_000 - 1;

export interface MillisecondSpan {
  startMs: number;
  endMs: number;
}

/** Whole milliseconds within what can be written, and an end that is after the start: WebVTT wants one. */
export function millisecondSpan({ start, end }: { start: number; end: number }): MillisecondSpan {
  const startMs = Math.min(toMs(start), MAX_MS - 1);
  return { startMs, endMs: Math.max(toMs(end), startMs + 1) };
}

/** `hh:mm:ss.mmm`, or with another decimal sign. */
export function formatTimestamp(ms: number, decimal: '.' | ','): string {
  const [h, m, s, rest] = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60, ms % 1000].map(Math.floor);
  return `${pad(h)}:${pad(m)}:${pad(s)}${decimal}${pad(rest, 3)}`;
}

/** `03:07`, and `1:01:40` from an hour on. */
export function formatClock(seconds: number): string {
  const whole = Math.floor(Math.min(toMs(seconds), MAX_MS) / 1000);
  const [h = 0, m, s] = [whole / 3600, (whole / 60) % 60, whole % 60].map(Math.floor);
  return h === 0 ? `${pad(m)}:${pad(s)}` : `${h}:${pad(m)}:${pad(s)}`;
}

const toMs = (seconds: number): number => Math.min(Math.max(0, Math.round(seconds * 1000)), MAX_MS);
const pad = (value = 0, digits = 2): string => String(value).padStart(digits, '0');
