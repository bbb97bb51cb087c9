/** The recording as a picture that one moves about in: a slider for hands, keys and screen readers. */
import type { ReadonlySignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import type { Citation } from '../../../protocol/messages.ts';
import type { Waveform } from '../../../protocol/waveform.ts';
import { spokenTime, wholeLength } from '../ui/format-time.ts';
import { barsPath, waveformBars } from './waveform-bars.ts';

const BARS = 240;
const HEIGHT = 48;
const STEP_SECONDS = 5;
const LEAP_SECONDS = 30;
/** A cited place is seen, however short it is. */
const LEAST_MARK = 2;

export interface WaveformSliderProps {
  time: ReadonlySignal<number>;
  waveform: ReadonlySignal<Waveform | undefined>;
  durationSeconds: number;
  cited: readonly Citation[];
  onSeek: (seconds: number) => void;
}

export function WaveformSlider({ time, waveform, durationSeconds, cited, onSeek }: WaveformSliderProps) {
  const box = useRef<HTMLDivElement>(null);
  const outline = waveform.value;
  const path = useMemo(
    () => (outline === undefined ? '' : barsPath(waveformBars(outline, durationSeconds, BARS), HEIGHT)),
    [outline, durationSeconds],
  );
  const at = (seconds: number): number => (durationSeconds > 0 ? (seconds / durationSeconds) * BARS : 0);
  const now = Math.min(time.value, durationSeconds);

  const seekTo = ({ clientX }: PointerEvent): void => {
    const bounds = box.current?.getBoundingClientRect();
    if (bounds === undefined || bounds.width === 0) return;
    onSeek(Math.max(0, Math.min(1, (clientX - bounds.left) / bounds.width)) * durationSeconds);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Record<string, number> = {
      ArrowRight: now + STEP_SECONDS,
      ArrowUp: now + STEP_SECONDS,
      ArrowLeft: now - STEP_SECONDS,
      ArrowDown: now - STEP_SECONDS,
      PageUp: now + LEAP_SECONDS,
      PageDown: now - LEAP_SECONDS,
      Home: 0,
      End: durationSeconds,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onSeek(to);
  };

  return (
    <div
      ref={box}
      class="waveform"
      role="slider"
      tabIndex={0}
      aria-label="Place in the recording"
      aria-valuemin={0}
      aria-valuemax={Math.round(durationSeconds)}
      aria-valuenow={Math.round(now)}
      aria-valuetext={`${spokenTime(now)} of ${spokenTime(wholeLength(durationSeconds))}`}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        seekTo(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) seekTo(event);
      }}
    >
      <svg viewBox={`0 0 ${BARS} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {cited.map(({ start, end }, i) => (
          <rect
            key={i}
            class="mark"
            x={at(start)}
            y={0}
            width={Math.max(LEAST_MARK, at(end) - at(start))}
            height={HEIGHT}
          />
        ))}
        <clipPath id="played">
          <rect x={0} y={0} width={at(now)} height={HEIGHT} />
        </clipPath>
        <path class="bars" d={path} />
        <path class="bars played" d={path} clip-path="url(#played)" />
        <line class="cursor" x1={at(now)} x2={at(now)} y1={0} y2={HEIGHT} />
      </svg>
    </div>
  );
}
