/** The conversation of a screen, for as long as the screen is shown. */
import { useEffect, useMemo } from 'preact/hooks';
import { useServices } from '../services.ts';
import { Conversation } from './conversation.ts';

/** @param onAsk what is to stop sounding when something is asked */
export function useConversation(lectureId: string, onAsk: () => void): Conversation {
  const { connection, speech, aloud } = useServices();
  const conversation = useMemo(
    () => new Conversation(lectureId, connection, speech, { isAloud: () => aloud.peek(), onAsk }),
    // `onAsk` is the screen's own, as the conversation is.
    [lectureId, connection, speech, aloud],
  );
  useEffect(() => {
    conversation.open();
    return () => conversation.close();
  }, [conversation]);
  return conversation;
}
