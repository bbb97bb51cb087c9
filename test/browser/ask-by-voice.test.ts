/** The page against the whole real stack, as a student uses it: a recording in, a spoken question, the answer heard. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as speaking } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import * as z from 'zod';
import { startStack, type Stack } from '../../cli/stack.ts';
import { transcribe } from '../support/transcribe.ts';
import { wordErrorRate } from '../support/word-error-rate.ts';
import { heardFrom, playedPieces, untilSilent } from './support/audio-tap.ts';
import { launchChromium } from './support/chromium.ts';
import { sample, Visitor } from './support/visitor.ts';

const MINUTES = 60_000;
const QUESTION = 'question-1.wav';
/** Mono, 16 bits: two bytes a sample. */
const wavSeconds = (wav: Buffer): number => (wav.length - 44) / wav.readUInt32LE(28);
const sentencesSchema = z.object({
  sentences: z.array(z.object({ start: z.number(), end: z.number(), text: z.string() })),
});
const questionsSchema = z.array(z.object({ audio: z.string(), text: z.string() }));

let dataDir: string;
let stack: Stack;
let browser: Browser;
let student: Visitor;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'synapscribe-browser-'));
  stack = await startStack({ dataDir, ports: 'free' });
  browser = await launchChromium({ microphone: sample(QUESTION) });
  student = await Visitor.arrive(browser, stack.pageUrl);
}, 3 * MINUTES);

afterAll(async () => {
  await browser.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
  if (student.problems.length > 0) throw new Error(student.problems.join('\n'));
});

describe('a recording', () => {
  it(
    'is uploaded, checked and transcribed, each step being told',
    async () => {
      await student.upload(sample('honey-lecture.mp3'));
      await student.page.locator('.steps [aria-current="step"]').waitFor();
      await student.untilReady();
      const { sentences } = sentencesSchema.parse(JSON.parse(await readFile(sample('honey-lecture.json'), 'utf8')));
      const shown = await student.page.locator('.sentences .text').allTextContents();
      expect(wordErrorRate(sentences.map(({ text }) => text).join(' '), shown.join(' '))).toBeLessThan(0.2);
      await student.page.locator('.waveform .bars').first().waitFor();
    },
    3 * MINUTES,
  );

  it(
    'is in the list with its length, and is found there again',
    async () => {
      await student.page.getByRole('link', { name: 'To your lectures' }).click();
      const row = student.page.getByRole('link', { name: /Honey lecture/ });
      expect(await row.textContent()).toMatch(/Honey lecture3 minReady/);
      await row.click();
      await student.untilReady();
    },
    MINUTES,
  );

  it(
    'is played from a sentence, which the transcript follows',
    async () => {
      const { page } = student;
      const sentence = page.locator('.sentences li').nth(12);
      await sentence.getByRole('button').click();
      await page.locator('.sentences li:nth-child(13)[aria-current]').waitFor();
      await page.getByRole('button', { name: 'Pause the recording' }).click();
      // It is followed on to the next one.
      await page.getByRole('slider', { name: 'Place in the recording' }).press('ArrowRight');
      await page
        .locator('.sentences li:nth-child(14)[aria-current]')
        .or(page.locator('.sentences li:nth-child(15)[aria-current]'))
        .waitFor();
      expect(await page.locator('.sentences [aria-current]').count()).toBe(1);
    },
    MINUTES,
  );

  it(
    'is searched, in all forms of the words',
    async () => {
      const { page } = student;
      await page.getByRole('searchbox', { name: 'Search the transcript' }).fill('beating wing');
      const hit = page.locator('.hits .text').first();
      await hit.waitFor();
      expect(await hit.textContent()).toMatch(/wings/);
      await page.getByRole('searchbox', { name: 'Search the transcript' }).fill('');
      await page.locator('.hits').waitFor({ state: 'detached' });
    },
    MINUTES,
  );
});

describe('a spoken question', () => {
  it(
    'is understood and answered with its place, and what the page plays says what it shows',
    async () => {
      const { page } = student;
      const button = page.getByRole('button', { name: /Ask by voice/ });
      const bounds = await button.boundingBox();
      if (bounds === null) throw new Error('The button cannot be seen.');
      await page.mouse.move(bounds.x + bounds.width / 2, bounds.y + bounds.height / 2);
      await page.mouse.down();
      await page.getByText('Listening. Let go').waitFor();
      // Somebody speaks for so long.
      await speaking(wavSeconds(await readFile(sample(QUESTION))) * 1000 + 300);
      await page.mouse.up();
      const answer = await student.untilAnswered(0);

      const questions = questionsSchema.parse(JSON.parse(await readFile(sample('questions.json'), 'utf8')));
      const asked = questions.find(({ audio }) => audio === QUESTION)?.text ?? '';
      const understood = (await student.turn(0).locator('.question').textContent()) ?? '';
      expect(wordErrorRate(asked, understood)).toBeLessThan(0.3);
      expect({ understood, answer }).toEqual({
        understood,
        answer: expect.stringMatching(/100 flowers|one hundred flowers/),
      });

      await untilSilent(page);
      const heard = await transcribe(`${stack.llmUrl}/v1`, await heardFrom(page));
      expect(wordErrorRate(answer, heard)).toBeLessThan(0.35);
    },
    2 * MINUTES,
  );

  it('was spoken without a gap between its pieces', async () => {
    const pieces = await playedPieces(student.page);
    expect(pieces.length).toBeGreaterThan(0);
    // One that came late cannot begin before it has come.
    const gaps = pieces.slice(1).map(({ calledAt, when }, i) => {
      const end = (pieces[i]?.when ?? NaN) + (pieces[i]?.duration ?? NaN);
      return calledAt < end ? Math.abs(when - end) : 0;
    });
    expect(gaps.filter((gap) => gap > 0.0005)).toEqual([]);
  });

  it(
    'has citations that play the place',
    async () => {
      const { page } = student;
      const { sentences } = sentencesSchema.parse(JSON.parse(await readFile(sample('honey-lecture.json'), 'utf8')));
      const place = sentences.find(({ text }) => text.includes('one hundred flowers'));
      await student
        .turn(0)
        .locator('.citation')
        .filter({ hasText: /(?:100|hundred) flowers/ })
        .click();
      await page.getByRole('button', { name: 'Pause the recording' }).click();
      const now = Number(await page.getByRole('slider').getAttribute('aria-valuenow'));
      expect(Math.abs(now - (place?.start ?? NaN))).toBeLessThan(5);
      expect(await page.locator('.waveform .mark').count()).toBeGreaterThan(0);
    },
    MINUTES,
  );

  it(
    'is found again with its answer after a reload, and heard again',
    async () => {
      const { page } = student;
      const before = await student.turn(0).locator('.answer').textContent();
      await page.reload();
      await student.untilReady();
      expect(await student.untilAnswered(0)).toBe(before);
      await student.turn(0).getByRole('button', { name: 'Hear it again' }).click();
      await untilSilent(page);
      const heard = await transcribe(`${stack.llmUrl}/v1`, await heardFrom(page));
      expect(wordErrorRate(before ?? '', heard)).toBeLessThan(0.35);
      expect(await page.locator('.turn').count()).toBe(1);
    },
    MINUTES,
  );

  it(
    'and its answer are taken out as a file, as the transcript is',
    async () => {
      const { page } = student;
      await page.getByRole('button', { name: 'Export' }).click();
      const [conversation] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Conversation as Markdown' }).click(),
      ]);
      expect(conversation.suggestedFilename()).toMatch(/\.md$/);
      expect(await readFile(await conversation.path(), 'utf8')).toMatch(/flowers/);
      await page.getByRole('button', { name: 'Export' }).click();
      const [transcript] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Transcript as WebVTT' }).click(),
      ]);
      expect(await readFile(await transcript.path(), 'utf8')).toMatch(/^WEBVTT/);
    },
    MINUTES,
  );
});
