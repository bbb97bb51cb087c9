import { describe, expect, it } from '@jest/globals';
import { HttpError } from '../service-kit/http-errors.ts';
import { Admission } from './admission.ts';

const { signal } = new AbortController();

/** Two places and a line of ten, all taken, after places were held for `heldSeconds` each. */
async function fullLine(heldSeconds: number): Promise<Admission> {
  let nowMs = 0;
  const admission = new Admission(2, 10, () => nowMs);
  for (let i = 0; i < 50; i++) {
    const leave = await admission.enter(signal);
    nowMs += heldSeconds * 1000;
    leave();
  }
  for (let i = 0; i < 12; i++) void admission.enter(new AbortController().signal);
  return admission;
}

const refusal = async (admission: Admission): Promise<HttpError> => {
  const error: unknown = await admission.enter(signal).catch((thrown: unknown) => thrown);
  if (error instanceof HttpError) return error;
  throw new Error('It was not refused.');
};

describe('Admission', () => {
  it.each([
    [0.01, '1'],
    [1, '5'],
    [4, '20'],
    [60, '30'],
  ])('that holds places for %d s has those it refuses come back after %s s', async (heldSeconds, seconds) => {
    const admission = await fullLine(heldSeconds);
    expect([admission.active, admission.waiting]).toEqual([2, 10]);
    expect(await refusal(admission)).toMatchObject({ status: 429, headers: { 'retry-after': seconds } });
  });

  it('gives a place once, however often it is given back', async () => {
    const admission = new Admission(1, 1);
    const leave = await admission.enter(signal);
    const next = admission.enter(signal);
    leave();
    leave();
    const leaveNext = await next;
    expect(admission.active).toBe(1);
    leaveNext();
    expect(admission.active).toBe(0);
  });

  it('has nobody wait who has left', async () => {
    const admission = new Admission(1, 1);
    await admission.enter(signal);
    const leaving = new AbortController();
    const waiting = admission.enter(leaving.signal);
    leaving.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    expect(admission.waiting).toBe(0);
    await expect(admission.enter(leaving.signal)).rejects.toThrow('left');
  });
});
