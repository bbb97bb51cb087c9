/**
 * `npm run samples`: speaks the texts in samples/ with the offline voice, the same bytes each time, and writes down
 * when each sentence of the lecture begins and ends.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { encodeMp3 } from '../audio/mp3.ts';
import { encodeWav } from '../audio/wav.ts';
import { SAMPLE_RATE } from '../gtts-proxy/engine.ts';
import { FLITE_VOICES, type FliteVoice } from '../gtts-proxy/flite/flite.ts';
import { FlitePool } from '../gtts-proxy/flite/pool.ts';
import { resample } from '../audio/resample.ts';
import { createLogger } from '../service-kit/logger.ts';
import { EDGE_SECONDS, speakLecture, type SpokenSentence } from './spoken-lecture.ts';

const TITLE = 'How Bees Make Honey';
const LECTURE = 'honey-lecture';
const LECTURE_VOICE: FliteVoice = 'rms';
/** What a recognizer takes; a question is sent as WAV by the page. */
const QUESTION_WAV_RATE = 16_000;

const questionsSchema = z.array(
  z.object({ audio: z.string(), voice: z.enum(FLITE_VOICES), text: z.string(), answeredBy: z.string() }),
);

const folder = new URL('../samples/', import.meta.url);
const pool = await FlitePool.start({ size: 2, log: createLogger('samples', 'warn') });
try {
  await makeLecture();
  await makeQuestions();
} finally {
  await pool.stop();
}

async function makeLecture(): Promise<void> {
  const text = await readFile(new URL(`${LECTURE}.txt`, folder), 'utf8');
  const paragraphs = text
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.split('\n'));
  const parts: Float32Array[] = [];
  const sentences: SpokenSentence[] = [];
  const spoken = speakLecture({
    paragraphs,
    sampleRate: SAMPLE_RATE,
    speak: (sentence) => speak(sentence, LECTURE_VOICE),
  });
  for await (const { samples, sentence } of spoken) {
    parts.push(samples);
    if (sentence !== undefined) sentences.push(sentence);
  }
  const samples = join(parts);
  await writeFile(
    new URL(`${LECTURE}.mp3`, folder),
    await encodeMp3(samples, { sampleRate: SAMPLE_RATE, kilobits: 48 }),
  );
  const record = { title: TITLE, audio: `${LECTURE}.mp3`, durationSeconds: seconds(parts), sentences };
  await writeFile(new URL(`${LECTURE}.json`, folder), `${JSON.stringify(record, null, 2)}\n`);
  console.log(`${LECTURE}.mp3: ${sentences.length} sentences, ${record.durationSeconds} s`);
}

async function makeQuestions(): Promise<void> {
  const questions = questionsSchema.parse(JSON.parse(await readFile(new URL('questions.json', folder), 'utf8')));
  for (const { audio, voice, text } of questions) {
    const parts = [silence(EDGE_SECONDS), await speak(text, voice), silence(EDGE_SECONDS)];
    const samples = join(parts);
    const file = audio.endsWith('.wav')
      ? encodeWav(resample(samples, SAMPLE_RATE, QUESTION_WAV_RATE), QUESTION_WAV_RATE)
      : await encodeMp3(samples, { sampleRate: SAMPLE_RATE });
    await writeFile(new URL(audio, folder), file);
    console.log(`${audio}: ${seconds(parts)} s`);
  }
}

function speak(text: string, voice: FliteVoice): Promise<Float32Array> {
  return pool.speak({ text, voice, stretch: 1 });
}

function silence(length: number): Float32Array {
  return new Float32Array(Math.round(length * SAMPLE_RATE));
}

/** The length of `parts`, to the millisecond. */
function seconds(parts: readonly Float32Array[]): number {
  const samples = parts.reduce((sum, part) => sum + part.length, 0);
  return Math.round((samples / SAMPLE_RATE) * 1000) / 1000;
}

function join(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    joined.set(part, filled);
    filled += part.length;
  }
  return joined;
}
