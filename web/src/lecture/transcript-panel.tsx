/** What is said in a lecture: follows the playback, plays from a sentence, is searched. */
import { useState } from 'preact/hooks';
import { SearchIcon } from '../ui/icons.tsx';
import type { OpenLecture } from './open-lecture.ts';
import { SearchHits } from './search-hits.tsx';
import { TranscriptText } from './transcript-text.tsx';

export interface TranscriptPanelProps {
  lecture: OpenLecture;
  language: string | undefined;
  onPlay: (seconds: number) => void;
}

export function TranscriptPanel({ lecture, language, onPlay }: TranscriptPanelProps) {
  const [sought, setSought] = useState('');
  const transcript = lecture.transcript.value;
  const problem = lecture.problem.value;
  return (
    <section class="transcript" aria-labelledby="transcript-title">
      <div class="pane-head">
        <h2 id="transcript-title">Transcript</h2>
        <p class="search">
          <SearchIcon />
          <input
            type="search"
            aria-label="Search the transcript"
            placeholder="Search"
            maxLength={200}
            value={sought}
            onInput={(event) => setSought(event.currentTarget.value)}
          />
        </p>
      </div>
      {sought.trim() !== '' && (
        <SearchHits lecture={lecture} language={language} text={sought.trim()} onPlay={onPlay} />
      )}
      {transcript !== undefined && (
        <TranscriptText
          segments={transcript.segments}
          player={lecture.player}
          language={language}
          isHidden={sought.trim() !== ''}
          onPlay={onPlay}
        />
      )}
      {transcript === undefined && problem === undefined && (
        <div class="skeleton" role="status" aria-label="The transcript is being loaded">
          {Array.from({ length: 8 }, (_, i) => (
            <span key={i} />
          ))}
        </div>
      )}
      {problem !== undefined && (
        <div class="trouble" role="alert">
          <p>{problem}</p>
          <button type="button" onClick={() => void lecture.load()}>
            Try again
          </button>
        </div>
      )}
    </section>
  );
}
