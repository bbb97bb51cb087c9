/** A lecture that is ready: its recording, its transcript, and the conversation about it. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Citation } from '../../../protocol/messages.ts';
import { ConversationPanel } from '../conversation/conversation-panel.tsx';
import { useConversation } from '../conversation/use-conversation.ts';
import type { Lecture } from '../lectures/lecture.ts';
import { useServices } from '../services.ts';
import { BackIcon } from '../ui/icons.tsx';
import { HOME } from '../ui/route.ts';
import { useTitle } from '../ui/use-title.ts';
import { ExportMenu } from './export-menu.tsx';
import { OpenLecture } from './open-lecture.ts';
import { PlayerBar } from './player-bar.tsx';
import { TranscriptPanel } from './transcript-panel.tsx';

type Pane = 'talk' | 'transcript';

export function ReadyLecture({ lecture, at }: { lecture: Lecture; at: number | undefined }) {
  const { lectureId, title, language, reason, durationSeconds = 0 } = lecture;
  const { connection, speech } = useServices();
  useTitle(title);
  const open = useMemo(() => new OpenLecture(lectureId, connection), [lectureId, connection]);
  useEffect(() => {
    // What failed while there was no connection is loaded when it is back.
    const end = connection.state.subscribe(({ kind }) => {
      if (kind === 'open' && open.transcript.peek() === undefined) void open.load();
    });
    return () => {
      end();
      open.close();
    };
  }, [open, connection]);
  const conversation = useConversation(lectureId, () => open.player.pause());
  const [pane, setPane] = useState<Pane>('talk');
  const playFrom = (seconds: number): void => {
    speech.stop();
    void open.player.playFrom(seconds);
  };
  const isLoaded = open.transcript.value !== undefined;
  useEffect(() => {
    if (isLoaded && at !== undefined) playFrom(at);
  }, [isLoaded, at]);

  const cited = conversation.turns.value.flatMap(({ citations }) => citations);
  return (
    <div class={`lecture show-${pane}`}>
      <div class="lecture-head">
        <a class="icon-only" href={HOME} aria-label="To your lectures">
          <BackIcon />
        </a>
        <h1 tabIndex={-1} dir="auto">
          {title}
        </h1>
        <ExportMenu lecture={open} />
      </div>
      {reason !== undefined && <p class="hint">{reason}</p>}
      <PlayerBar
        player={open.player}
        waveform={open.waveform}
        durationSeconds={open.transcript.value?.durationSeconds ?? durationSeconds}
        cited={cited}
        onPlay={() => speech.stop()}
      />
      <div class="pane-choice" role="group" aria-label="What is shown">
        <button type="button" aria-pressed={pane === 'talk'} onClick={() => setPane('talk')}>
          Ask
        </button>
        <button type="button" aria-pressed={pane === 'transcript'} onClick={() => setPane('transcript')}>
          Transcript
        </button>
      </div>
      <div class="panes">
        <TranscriptPanel lecture={open} language={language} onPlay={playFrom} />
        <ConversationPanel
          conversation={conversation}
          language={language}
          about="this lecture"
          onCitation={({ start }: Citation) => playFrom(start)}
        />
      </div>
    </div>
  );
}
