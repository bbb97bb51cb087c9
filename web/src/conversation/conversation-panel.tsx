/** Questions and answers, and the place where the next one is asked. */
import { useEffect, useRef } from 'preact/hooks';
import type { Citation } from '../../../protocol/messages.ts';
import { useServices } from '../services.ts';
import { announce } from '../ui/announce.tsx';
import { AskDock } from './ask-dock.tsx';
import type { Conversation } from './conversation.ts';
import { shortened } from './question-text.ts';
import { isInWork, type Turn } from './turn.ts';
import { TurnView } from './turn-view.tsx';

export interface ConversationPanelProps {
  conversation: Conversation;
  /** Of the lecture, where it was told. */
  language: string | undefined;
  /** What is asked, in words. */
  about: string;
  onCitation: (citation: Citation) => void;
}

export function ConversationPanel({ conversation, language, about, onCitation }: ConversationPanelProps) {
  const { aloud } = useServices();
  const turns = conversation.turns.value;
  const last = turns.at(-1);
  const end = useRef<HTMLDivElement>(null);
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const length = (last?.answer.length ?? 0) + (last?.citations.length ?? 0);
  // What was there as the screen opened is neither gone to nor read out.
  const live = useRef<string | undefined>(undefined);
  if (last !== undefined && isInWork(last)) live.current = last.queryId;
  const liveTurn = last?.queryId === live.current ? last : undefined;
  useEffect(() => {
    if (liveTurn !== undefined) end.current?.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  }, [turns.length, last?.phase, length]);
  useEffect(() => {
    const news = liveTurn === undefined ? undefined : newsOf(liveTurn, aloud.peek());
    if (news !== undefined) announce(news);
  }, [last?.queryId, last?.phase]);

  return (
    <section class="talk" aria-labelledby="talk-title">
      <h2 id="talk-title" class="for-listeners">
        Conversation
      </h2>
      <div class="turns">
        {turns.length === 0 && (
          <div class="first-words">
            <p class="invitation">What would you like to know?</p>
            <p class="hint">
              Hold the button, or the space bar, and ask about {about}. Let go, and the answer comes, spoken and
              written, with the places that it rests on.
            </p>
          </div>
        )}
        {turns.map((turn) => (
          <TurnView key={turn.queryId} turn={turn} conversation={conversation} onCitation={onCitation} />
        ))}
        <div ref={end} class="turns-end" />
      </div>
      <AskDock conversation={conversation} language={language} />
    </section>
  );
}

/** What a listener is told: not what is spoken aloud anyway. */
function newsOf(turn: Turn, isAloud: boolean): string | undefined {
  const places = turn.citations.length;
  const rests = places === 0 ? '' : places === 1 ? ' One place is cited.' : ` ${places} places are cited.`;
  switch (turn.phase) {
    case 'repeating':
      return 'Nothing is heard of your question yet. It is asked again.';
    case 'thinking':
      return `You asked: ${shortened(turn.question)}`;
    case 'done':
      return isAloud && turn.hasSpeech ? `Answered.${rests}` : `${turn.answer}${rests}`;
    case 'waiting':
      return 'The connection is gone. The question is asked again when it is back.';
    case 'failed':
      return turn.failure?.message;
    default:
      return undefined;
  }
}
