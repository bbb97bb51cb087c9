/** Cues, as WebVTT and SRT have them: lines of text at a stretch of the recording. */
import type { ExportedConversation, ExportedTranscript } from './exported.ts';
import { linesOf, oneLine } from './plain-text.ts';
import { millisecondSpan, type MillisecondSpan } from './timestamps.ts';

export interface Cue extends MillisecondSpan {
  /** Unescaped, none empty. */
  lines: string[];
}

/** A cue a segment. */
export function transcriptCues({ segments }: ExportedTranscript): Cue[] {
  const cues = segments.map((segment) => ({ ...millisecondSpan(segment), lines: [oneLine(segment.text)] }));
  return inOrder(cues.filter(({ lines }) => lines[0] !== ''));
}

/**
 * Question and answer as a cue at each place that the answer cites, so that who plays the recording sees there what was
 * asked about it. A turn that cites nothing has no place, and is left out.
 */
export function conversationCues({ turns }: ExportedConversation): Cue[] {
  return inOrder(
    turns.flatMap(({ question, answer, citations }) => {
      const lines = [oneLine(`Q: ${question}`), ...linesOf(`A: ${answer}`)];
      return citations.map((citation) => ({ ...millisecondSpan(citation), lines }));
    }),
  );
}

/** WebVTT wants each start at or after the one before. */
const inOrder = (cues: Cue[]): Cue[] => cues.sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
