/** The recording: play and pause, and its waveform, on which the cited places are marked. */
import type { ReadonlySignal } from '@preact/signals';
import type { Citation } from '../../../protocol/messages.ts';
import type { Waveform } from '../../../protocol/waveform.ts';
import { clockTime, wholeLength } from '../ui/format-time.ts';
import { PauseIcon, PlayIcon } from '../ui/icons.tsx';
import type { Player } from './player.ts';
import { WaveformSlider } from './waveform-slider.tsx';

export interface PlayerBarProps {
  player: Player;
  waveform: ReadonlySignal<Waveform | undefined>;
  durationSeconds: number;
  cited: readonly Citation[];
  /** It is about to sound. */
  onPlay: () => void;
}

export function PlayerBar({ player, waveform, durationSeconds, cited, onPlay }: PlayerBarProps) {
  const playing = player.playing.value;
  const toggle = (): void => {
    if (playing) {
      player.pause();
      return;
    }
    onPlay();
    void player.play();
  };
  return (
    <section class="player" aria-label="Recording">
      <button
        type="button"
        class="play"
        aria-label={playing ? 'Pause the recording' : 'Play the recording'}
        onClick={toggle}
      >
        {playing ? <PauseIcon /> : <PlayIcon />}
      </button>
      <WaveformSlider
        time={player.time}
        waveform={waveform}
        durationSeconds={durationSeconds}
        cited={cited}
        onSeek={(seconds) => player.seek(seconds)}
      />
      <p class="times">
        <PlayerTime time={player.time} /> <span aria-hidden="true">/</span> {clockTime(wholeLength(durationSeconds))}
      </p>
      {player.failed.value && (
        <p class="trouble" role="alert">
          The recording cannot be played at the moment. Please try again.
        </p>
      )}
    </section>
  );
}

/** By itself, so that nothing else is drawn anew ten times a second. */
function PlayerTime({ time }: { time: ReadonlySignal<number> }) {
  return <span>{clockTime(time.value)}</span>;
}
