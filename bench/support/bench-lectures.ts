/** The benches' own lectures (bench/lectures/*.txt): read, and spoken by several voices as one MP3. */
import { readdir, readFile } from 'node:fs/promises';
import { Mp3Encoder } from '../../audio/mp3.ts';
import { SAMPLE_RATE } from '../../gtts-proxy/engine.ts';
import { FLITE_VOICES } from '../../gtts-proxy/flite/flite.ts';
import { FlitePool } from '../../gtts-proxy/flite/pool.ts';
import { speakLecture, type SpokenSentence } from '../../scripts/spoken-lecture.ts';
import { createLogger } from '../../service-kit/logger.ts';

const FOLDER = new URL('../lectures/', import.meta.url);
/** The fourth, kal16, is the hardest to understand: for people too. */
const VOICES = FLITE_VOICES.filter((voice) => voice !== 'kal16');
/** A speaker holds the floor for so many paragraphs. */
const PARAGRAPHS_A_VOICE = 6;

/** Sentences by paragraph. */
export type Paragraphs = string[][];

export interface SpokenLecture {
  mp3: Buffer;
  sentences: SpokenSentence[];
  seconds: number;
}

/** By file name, without its extension. */
export async function readLectures(): Promise<Map<string, Paragraphs>> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.txt')).sort();
  const lectures = new Map<string, Paragraphs>();
  for (const name of names) {
    const text = await readFile(new URL(name, FOLDER), 'utf8');
    lectures.set(
      name.replace(/\.txt$/, ''),
      text
        .trim()
        .split(/\n{2,}/)
        .map(sentencesOf),
    );
  }
  return lectures;
}

export function sentencesOf(paragraph: string): string[] {
  const parts = new Intl.Segmenter('en', { granularity: 'sentence' }).segment(paragraph.replace(/\s+/g, ' '));
  return [...parts].map(({ segment }) => segment.trim()).filter((sentence) => sentence !== '');
}

/** @param maxSeconds the lecture ends with the sentence that reaches them */
export async function speak(paragraphs: Paragraphs, maxSeconds = Infinity): Promise<SpokenLecture> {
  const pool = await FlitePool.start({ size: 2, log: createLogger('bench', 'warn') });
  const encoder = await Mp3Encoder.create({ sampleRate: SAMPLE_RATE });
  const parts: Buffer[] = [];
  const sentences: SpokenSentence[] = [];
  let samples = 0;
  try {
    const blocks = speakLecture({
      paragraphs,
      sampleRate: SAMPLE_RATE,
      speak: (text, paragraph) => {
        const voice = VOICES[Math.floor(paragraph / PARAGRAPHS_A_VOICE) % VOICES.length] ?? 'slt';
        return pool.speak({ text, voice, stretch: 1 });
      },
    });
    for await (const block of blocks) {
      parts.push(encoder.encode(block.samples));
      samples += block.samples.length;
      if (block.sentence !== undefined) sentences.push(block.sentence);
      if (samples >= maxSeconds * SAMPLE_RATE) break;
    }
    parts.push(encoder.finish());
  } finally {
    await pool.stop();
  }
  return { mp3: Buffer.concat(parts), sentences, seconds: samples / SAMPLE_RATE };
}
