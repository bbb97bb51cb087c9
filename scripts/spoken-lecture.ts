/** A text as a lecture is spoken: sentence by sentence, with pauses, and the times of each. For samples and benches. */

export interface SpokenSentence {
  /** Seconds from the recording's start, to the millisecond. */
  start: number;
  end: number;
  text: string;
}

/** Seconds of silence: before the first word and after the last, and after a short, a long and a paragraph's last sentence. */
export const EDGE_SECONDS = 0.5;
const PAUSE_AFTER_SHORT = 0.45;
const PAUSE_AFTER_LONG = 0.65;
const PARAGRAPH_PAUSE = 1;
const LONG_SENTENCE = 70;

export interface SpeakLectureOptions {
  /** Sentences by paragraph. */
  paragraphs: readonly (readonly string[])[];
  /** Samples a second of what `speak` gives. */
  sampleRate: number;
  speak: (sentence: string, paragraph: number) => Promise<Float32Array>;
}

export interface SpokenBlock {
  samples: Float32Array;
  /** What is said in it; nothing for silence. */
  sentence?: SpokenSentence;
}

/** The lecture's sound in order, speech and silence by turns: it need not fit into memory. */
export async function* speakLecture(options: SpeakLectureOptions): AsyncGenerator<SpokenBlock> {
  const { paragraphs, sampleRate, speak } = options;
  let at = 0;
  const seconds = (): number => Math.round((at / sampleRate) * 1000) / 1000;
  const advance = (block: SpokenBlock): SpokenBlock => {
    at += block.samples.length;
    return block;
  };
  const silence = (length: number): SpokenBlock =>
    advance({ samples: new Float32Array(Math.round(length * sampleRate)) });

  yield silence(EDGE_SECONDS);
  for (const [paragraph, sentences] of paragraphs.entries()) {
    for (const [index, text] of sentences.entries()) {
      const start = seconds();
      const block = advance({ samples: await speak(text, paragraph) });
      yield { ...block, sentence: { start, end: seconds(), text } };
      const isLast = index === sentences.length - 1;
      yield silence(isLast ? PARAGRAPH_PAUSE : text.length > LONG_SENTENCE ? PAUSE_AFTER_LONG : PAUSE_AFTER_SHORT);
    }
  }
}
