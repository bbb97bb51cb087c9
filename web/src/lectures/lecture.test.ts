import { describe, expect, it } from '@jest/globals';
import type { SessionItem } from '../../../protocol/items.ts';
import type { LectureStatus } from '../../../protocol/messages.ts';
import { fromSession, withEvent, type Lecture } from './lecture.ts';

const lectureId = '6b2d3c4e-1a2b-4c3d-9e8f-7a6b5c4d3e2f';
const session = (status: LectureStatus): SessionItem => ({
  sessionId: 'us-east-1:5ca1ab1e-0000-4000-8000-000000000001',
  lectureId,
  title: 'Tides',
  status,
  conversation: [],
  totalTurns: 0,
  createdAt: '',
  updatedAt: '',
  expiresAt: 0,
});
const shown = (status: Lecture['status'], progress = 0): Lecture => ({
  lectureId,
  title: 'Tides',
  status,
  progress,
  reason: undefined,
  durationSeconds: undefined,
  language: undefined,
});
const event = (status: LectureStatus, progress: number, message = '') =>
  ({ type: 'lecture', lectureId, status, progress, message }) as const;

describe('a lecture that was announced', () => {
  it('is being uploaded where this tab sends it, and interrupted where nobody has sent it all', () => {
    expect(fromSession(session('uploaded'), undefined, { uploading: true, sent: false }).status).toBe('uploading');
    expect(fromSession(session('uploaded'), undefined, { uploading: false, sent: false }).status).toBe('interrupted');
    expect(fromSession(session('uploaded'), undefined, { uploading: false, sent: true }).status).toBe('uploaded');
    expect(fromSession(session('ready'), undefined, { uploading: false, sent: false }).status).toBe('ready');
  });

  it('keeps the progress that was told', () => {
    const state = { uploading: false, sent: true };
    expect(fromSession(session('transcribing'), shown('transcribing', 0.4), state).progress).toBe(0.4);
    expect(fromSession(session('transcribing'), shown('validating', 1), state).progress).toBe(0);
  });
});

describe('an event', () => {
  it('moves a lecture on, never back', () => {
    expect(withEvent(shown('uploading', 1), event('validating', 0)).status).toBe('validating');
    expect(withEvent(shown('transcribing', 0.4), event('validating', 1))).toEqual(shown('transcribing', 0.4));
    expect(withEvent(shown('transcribing', 0.4), event('transcribing', 0.2)).progress).toBe(0.4);
    expect(withEvent(shown('transcribing', 0.4), event('transcribing', 0.6)).progress).toBe(0.6);
    expect(withEvent(shown('ready', 1), event('transcribing', 0.9))).toEqual(shown('ready', 1));
  });

  it('tells why a lecture was refused', () => {
    const refused = withEvent(shown('validating'), event('rejected', 1, 'This file is a ZIP archive.'));
    expect(refused).toMatchObject({ status: 'rejected', reason: 'This file is a ZIP archive.' });
  });
});
