/** One question with its answer, as far as it has come. */
import type { Citation } from '../../../protocol/messages.ts';
import { useServices } from '../services.ts';
import { SpeakerIcon, StopIcon } from '../ui/icons.tsx';
import { CitationChip } from './citation-chip.tsx';
import type { Conversation } from './conversation.ts';
import type { Turn, TurnPhase } from './turn.ts';

const WORKING: Partial<Record<TurnPhase, string>> = {
  sending: 'Sending your question…',
  listening: 'Listening to your question…',
  thinking: 'Looking in the lecture…',
  repeating: 'Nothing is heard of it yet. It is asked again…',
  waiting: 'Waiting for the connection. Your question is asked again when it is back.',
};

export interface TurnViewProps {
  turn: Turn;
  conversation: Conversation;
  onCitation: (citation: Citation) => void;
}

export function TurnView({ turn, conversation, onCitation }: TurnViewProps) {
  const { queryId, phase, question, answer, citations, failure } = turn;
  const working = WORKING[phase];
  return (
    <article class={`turn ${phase}`} aria-busy={working !== undefined || phase === 'answering'}>
      <h3 class="question" dir="auto">
        {question === '' ? <span class="unheard">Your spoken question</span> : question}
      </h3>
      {answer !== '' && (
        <p class="answer" dir="auto">
          {answer}
        </p>
      )}
      {working !== undefined && <p class="working">{working}</p>}
      {phase === 'stopped' && <p class="hint">Interrupted.</p>}
      {failure !== undefined && (
        <div class="trouble">
          <p>{failure.message}</p>
          {failure.mayAskAgain && conversation.mayAskAgain(queryId) && (
            <button type="button" onClick={() => conversation.again(queryId)}>
              Ask again
            </button>
          )}
        </div>
      )}
      {citations.length > 0 && (
        <ul class="citations" aria-label="Places in the recording">
          {citations.map((citation, i) => (
            <li key={i}>
              <CitationChip citation={citation} onClick={() => onCitation(citation)} />
            </li>
          ))}
        </ul>
      )}
      <SpeechButton turn={turn} conversation={conversation} />
    </article>
  );
}

function SpeechButton({ turn, conversation }: Pick<TurnViewProps, 'turn' | 'conversation'>) {
  const { speech } = useServices();
  if (speech.speaking.value === turn.queryId) {
    return (
      <button type="button" class="quiet with-icon speaking" onClick={() => conversation.interrupt()}>
        <StopIcon />
        <span>Stop speaking</span>
        <span class="bars" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
      </button>
    );
  }
  if (turn.phase !== 'done' || !turn.hasSpeech) return null;
  return (
    <button
      type="button"
      class="quiet with-icon"
      onClick={() => {
        speech.unlock();
        void conversation.hearAgain(turn.queryId);
      }}
    >
      <SpeakerIcon />
      <span>Hear it again</span>
    </button>
  );
}
