/** The page when something is in the way. The model is scripted, and slow, so that a question is surely in work. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Request, WebSocketRoute } from 'playwright-core';
import { startStack, type Stack } from '../../cli/stack.ts';
import { playedPieces, untilSounding } from './support/audio-tap.ts';
import { launchChromium } from './support/chromium.ts';
import { sample, Visitor } from './support/visitor.ts';

const MINUTES = 60_000;
const ANSWER = 'The moon pulls on the water, and the water follows it around the earth. '.repeat(4).trim();

let dataDir: string;
let stack: Stack;
let browser: Browser;
let student: Visitor;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'synapscribe-trouble-'));
  const env = { STUB_ASR_TEXT: 'The tide comes in at noon.', STUB_ANSWER: ANSWER, STUB_TOKENS_PER_SECOND: '10' };
  stack = await startStack({ dataDir, ports: 'free', env });
  browser = await launchChromium({ microphone: 'refused' });
}, 2 * MINUTES);

afterAll(async () => {
  await browser.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  student = await Visitor.arrive(browser, stack.pageUrl);
});
afterEach(() => student.leave());

async function withLecture(): Promise<void> {
  await student.upload(sample('question-2.mp3'));
  await student.untilReady();
}

/** What was said last to those who listen. */
const said = (): Promise<string | null> => student.page.locator('p[role="status"].for-listeners').textContent();

describe('a file that is no recording', () => {
  it(
    'is refused with the reason, and is in the list until it is deleted',
    async () => {
      const { page } = student;
      const buffer = Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(5_000, 7)]);
      await student.upload({ name: 'lecture.mp3', mimeType: 'audio/mpeg', buffer });
      await page.getByRole('heading', { name: '“Lecture” was refused' }).waitFor();
      const reason = await page.locator('.reason').textContent();
      expect(reason).toMatch(/^[A-Z].*(?:ZIP|archive|recording).*\.$/);
      await page.getByRole('link', { name: 'To your lectures' }).click();
      const row = page.getByRole('listitem').filter({ hasText: 'Refused' });
      expect(await row.textContent()).toContain(reason);
      await row.getByRole('button', { name: 'Delete “Lecture”' }).click();
      await row.waitFor({ state: 'detached' });
      // For good: another visit does not find it.
      await page.reload();
      await page.getByText('None yet.').waitFor();
    },
    MINUTES,
  );

  it('is not sent where it is empty', async () => {
    const { page } = student;
    await student.upload({ name: 'empty.mp3', mimeType: 'audio/mpeg', buffer: Buffer.alloc(0) });
    expect(await page.getByRole('alert').textContent()).toMatch(/“empty.mp3” is empty/);
    await page.evaluate(() => void (location.hash = '#/nowhere'));
    await page.getByText('There is nothing here').waitFor();
    await page.evaluate(() => void (location.hash = '#/'));
    await page.getByText('None yet.').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});

describe('several files at once', () => {
  it(
    'are all uploaded, or refused by name, and the focus stays in the list when one is deleted',
    async () => {
      const { page } = student;
      const zip = { mimeType: 'audio/mpeg', buffer: Buffer.from('PK\u0003\u0004'.repeat(2_000)) };
      await page.getByLabel('Choose a recording').setInputFiles([
        { ...zip, name: 'one.mp3' },
        { ...zip, name: 'two.mp3' },
        { name: 'empty.mp3', mimeType: 'audio/mpeg', buffer: Buffer.alloc(0) },
      ]);
      expect(await page.getByRole('alert').textContent()).toMatch(/“empty.mp3” is empty/);
      const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '');
      for (const name of [/^One.*Refused/, /^Two.*Refused/]) await page.getByRole('link', { name }).waitFor();
      await page.getByRole('button', { name: 'Delete “Two”' }).click();
      await page.getByRole('link', { name: /^Two/ }).waitFor({ state: 'detached' });
      expect(await focused()).toMatch(/^One/);
      await page.getByRole('button', { name: 'Delete “One”' }).click();
      await page.getByRole('link', { name: /^One/ }).waitFor({ state: 'detached' });
      expect(await focused()).toBe('Ask your lecture.');
    },
    MINUTES,
  );
});

describe('a lecture that is deleted', () => {
  const focused = (): Promise<string> =>
    student.page.evaluate(() => {
      const { activeElement: one } = document;
      return one?.getAttribute('aria-label') ?? one?.textContent ?? '';
    });
  const deleteButton = () => student.page.getByRole('button', { name: 'Delete “Question-2”' });

  it(
    'is kept unless that is confirmed, and then gone for good, in every tab',
    async () => {
      const { page } = student;
      await withLecture();
      const tab = await student.openTab(page.url());
      await tab.untilReady();
      await page.getByRole('link', { name: 'To your lectures' }).click();
      const dialog = page.getByRole('dialog', { name: 'Delete “Question-2”?' });
      // The screen's title has the focus first.
      await page.locator('h1:focus').waitFor();
      for (const keep of ['Escape', 'Enter']) {
        await deleteButton().focus();
        await page.keyboard.press('Enter');
        await dialog.waitFor();
        // What does nothing has the focus.
        expect(await focused()).toBe('Keep it');
        await page.keyboard.press(keep);
        await page.locator('dialog').waitFor({ state: 'detached' });
        expect(await focused()).toBe('Delete “Question-2”');
      }
      await page.keyboard.press('Enter');
      await dialog.waitFor();
      await page.keyboard.press('Tab');
      expect(await focused()).toBe('Delete');
      await page.keyboard.press('Enter');
      await page.getByText('None yet.').waitFor();
      expect(await focused()).toBe('Ask your lecture.');
      expect(await said()).toBe('“Question-2” is deleted.');
      await tab.page.getByRole('heading', { name: 'This lecture is not here' }).waitFor();
      expect(tab.problems).toEqual([]);
      await page.reload();
      await page.getByText('None yet.').waitFor();
    },
    MINUTES,
  );

  it(
    'takes the question whether it may be with it, where another tab was faster',
    async () => {
      const { page } = student;
      await withLecture();
      await page.getByRole('link', { name: 'To your lectures' }).click();
      await deleteButton().click();
      await page.getByRole('dialog').waitFor();
      const tab = await student.openTab(page.url());
      await tab.page.getByRole('button', { name: 'Delete “Question-2”' }).click();
      await tab.page.getByRole('button', { name: 'Delete', exact: true }).click();
      await page.locator('dialog').waitFor({ state: 'detached' });
      await page.locator('h1:focus').waitFor();
      expect(tab.problems).toEqual([]);
    },
    MINUTES,
  );

  it(
    'is not uploaded to its end, where another tab deletes it',
    async () => {
      const { page } = student;
      const isFile = (sent: Request): boolean => sent.method() === 'POST' && sent.url().includes('synapscribe-audio');
      const held = new Promise<void>((resolve) => {
        // The file gets no further.
        void page.route(/synapscribe-audio/, async (route) => {
          if (isFile(route.request())) resolve();
          else await route.continue();
        });
      });
      await student.upload(sample('question-2.mp3'));
      await held;
      const ended = page.waitForEvent('requestfailed', isFile);
      const tab = await student.openTab(stack.pageUrl);
      await tab.page.getByRole('button', { name: 'Delete “Question-2”' }).click();
      await tab.page.getByRole('button', { name: 'Delete', exact: true }).click();
      await page.getByRole('heading', { name: 'This lecture is not here' }).waitFor();
      await ended;
      expect(tab.problems).toEqual([]);
    },
    MINUTES,
  );

  it(
    'ends while it is being transcribed',
    async () => {
      const { page } = student;
      await student.upload(sample('honey-lecture.mp3'));
      await page.locator('.steps li.over').first().waitFor();
      await page.getByRole('link', { name: 'To your lectures' }).click();
      await page.getByRole('button', { name: 'Delete “Honey lecture”' }).click();
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await page.getByText('None yet.').waitFor();
      expect(await focused()).toBe('Ask your lecture.');
    },
    MINUTES,
  );

  it(
    'stays in the list, with the reason, where it cannot be deleted',
    async () => {
      const { page } = student;
      await page.routeWebSocket(/\/Prod/, (socket) => {
        const server = socket.connectToServer();
        socket.onMessage((message) => {
          const { action, lectureId } = JSON.parse(String(message)) as { action: string; lectureId?: string };
          const error = { code: 'internal', message: 'The storage is away. Please try again.', retryable: true };
          if (action === 'delete') socket.send(JSON.stringify({ type: 'error', lectureId, ...error }));
          else server.send(message);
        });
      });
      await page.reload();
      await withLecture();
      await page.getByRole('link', { name: 'To your lectures' }).click();
      await deleteButton().click();
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      const alert = page.getByRole('alert');
      expect(await alert.textContent()).toBe(
        '“Question-2” could not be deleted. The storage is away. Please try again.',
      );
      expect(await page.getByRole('link', { name: /^Question-2/ }).count()).toBe(1);
      expect(await focused()).toBe('Delete “Question-2”');
    },
    MINUTES,
  );
});

describe('a screen that is low, as it is at 400 %', () => {
  it(
    'is not filled by what sticks to its edges, and shows what has a state without colours too',
    async () => {
      const { page } = student;
      await withLecture();
      await page.setViewportSize({ width: 320, height: 256 });
      const positions = await page.evaluate(() =>
        ['.player', '.dock'].map((name) => getComputedStyle(document.querySelector(name) ?? document.body).position),
      );
      expect(positions).toEqual(['static', 'static']);
      await page.setViewportSize({ width: 320, height: 640 });
      await page.emulateMedia({ forcedColors: 'active' });
      const backgrounds: string[] = [];
      for (const checked of ['true', 'false']) {
        const look = page.locator(`[aria-checked="${checked}"] .switch`);
        backgrounds.push(await look.evaluate((one) => getComputedStyle(one).backgroundImage));
        await page.getByRole('switch').click();
      }
      expect(backgrounds[0]).toMatch(/radial-gradient/);
      expect(backgrounds[0]).not.toBe(backgrounds[1]);
      const borders = await page.evaluate(() =>
        ['.play', '.microphone', '.send'].map(
          (name) => getComputedStyle(document.querySelector(name) ?? document.body).borderTopStyle,
        ),
      );
      expect(borders).toEqual(['solid', 'solid', 'solid']);
    },
    MINUTES,
  );
});

describe('a lecture on its way that is looked at', () => {
  /** What has the focus. */
  const focused = (): Promise<string> => student.page.evaluate(() => document.activeElement?.textContent ?? '');

  it(
    'hands the focus to the lecture once it is ready, and says so',
    async () => {
      await student.upload(sample('question-2.mp3'));
      await student.page.locator('.steps').waitFor();
      await student.page.getByRole('link', { name: 'To your lectures' }).focus();
      await student.untilReady();
      expect([await focused(), await said()]).toEqual(['Question-2', 'Ready. You may ask about “Question-2”.']);
    },
    MINUTES,
  );

  it(
    'hands the focus to the refusal, and says the reason',
    async () => {
      const { page } = student;
      await student.upload({
        name: 'lecture.mp3',
        mimeType: 'audio/mpeg',
        buffer: Buffer.from('PK\u0003\u0004'.repeat(2_000)),
      });
      await page.getByRole('heading', { name: '“Lecture” was refused' }).waitFor();
      expect(await focused()).toBe('“Lecture” was refused');
      expect(await said()).toBe(`“Lecture” was refused. ${await page.locator('.reason').textContent()}`);
    },
    MINUTES,
  );
});

describe('a student who leaves while a lecture is in work', () => {
  it(
    'finds it ready later, in another tab too',
    async () => {
      await student.upload(sample('honey-lecture.mp3'));
      await student.page.locator('.steps li.over').first().waitFor();
      await student.page.goto('about:blank');
      const tab = await student.openTab(stack.pageUrl);
      await tab.page.getByRole('link', { name: /Honey lecture.*Ready/ }).click();
      await tab.untilReady();
      expect(tab.problems).toEqual([]);
    },
    2 * MINUTES,
  );
});

describe('a microphone that is refused', () => {
  it(
    'is told with what to do, and typing goes on',
    async () => {
      const { page } = student;
      await withLecture();
      await page.getByRole('button', { name: /Ask by voice/ }).click();
      const help = page.getByRole('alert');
      expect(await help.textContent()).toMatch(/The microphone is blocked for this page\..*Set Microphone to Allow/);
      await student.type('Why are there tides?');
      expect(await student.untilAnswered(0)).toBe(ANSWER);
    },
    MINUTES,
  );
});

describe('the space bar', () => {
  it(
    'asks after a click, presses what was reached by key, and writes where something is written',
    async () => {
      const { page } = student;
      await withLecture();
      const field = page.getByRole('textbox', { name: 'Type a question' });
      const help = page.getByRole('alert');
      // A microphone that is refused tells that it was asked for.
      const expectAsked = async (): Promise<void> => {
        await page.keyboard.press('Space', { delay: 500 });
        await help.getByRole('button', { name: 'Close' }).click();
        await help.waitFor({ state: 'detached' });
      };
      const sentence = page.locator('.sentences button').first();
      await sentence.click();
      await page.getByRole('button', { name: 'Pause the recording' }).click();
      await expectAsked();

      await field.click();
      await expectAsked();
      await field.click();
      await page.keyboard.type('Why are there tides?');
      expect(await field.inputValue()).toBe('Why are there tides?');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space');
      expect(await student.untilAnswered(0)).toBe(ANSWER);
      expect(await help.count()).toBe(0);
    },
    MINUTES,
  );
});

describe('a question that is longer than may be', () => {
  it(
    'is cut with a word, and read out in short',
    async () => {
      const { page } = student;
      await withLecture();
      const field = page.getByRole('textbox', { name: 'Type a question' });
      await field.fill('why '.repeat(600));
      await page.locator('.dock-hint', { hasText: '2,000 characters' }).waitFor();
      await page.getByRole('status').filter({ hasText: '2,000 characters' }).waitFor({ state: 'attached' });
      expect(await field.inputValue()).toBe('why '.repeat(500));
      await page.keyboard.press('Enter');
      await page
        .getByRole('status')
        .filter({ hasText: /^You asked: why .{0,150}…$/ })
        .waitFor({ state: 'attached' });
    },
    MINUTES,
  );
});

describe('a conversation of before', () => {
  it(
    'leaves a small screen at its top',
    async () => {
      const { page } = student;
      await page.setViewportSize({ width: 390, height: 500 });
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await withLecture();
      await student.type('Why are there tides?');
      await student.untilAnswered(0);
      expect(await page.evaluate(() => scrollY)).toBeGreaterThan(0);
      await page.evaluate(() => scrollTo(0, 0));
      await page.reload();
      await student.untilAnswered(0);
      // Effects follow what is drawn.
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 100))));
      expect(await page.evaluate(() => scrollY)).toBe(0);
    },
    MINUTES,
  );
});

describe('a question while another is being answered', () => {
  it(
    'interrupts it: no more of it is written or heard',
    async () => {
      const { page } = student;
      await withLecture();
      await student.type('Why are there tides?');
      await untilSounding(page);
      await student.type('And at night?');
      await page.waitForFunction(() => document.querySelector('.turn')?.classList.contains('stopped') === true);
      const [cut, sounding] = await page.evaluate(() => [
        document.querySelector('.turn .answer')?.textContent ?? '',
        window.audioTap.sounding.size,
      ]);
      expect(ANSWER).toContain(cut.trim());
      expect(cut.length).toBeLessThan(ANSWER.length);
      expect(sounding).toBe(0);
      expect(await student.untilAnswered(1)).toBe(ANSWER);
      expect(await student.turn(0).locator('.answer').textContent()).toBe(cut);
      // What was interrupted is not kept.
      await page.reload();
      await student.untilReady();
      expect(await student.untilAnswered(0)).toBe(ANSWER);
      expect(await page.locator('.turn').count()).toBe(1);
    },
    2 * MINUTES,
  );

  it(
    'need not be asked to silence it: Escape does, and so does its button',
    async () => {
      const { page } = student;
      await withLecture();
      await student.type('Why are there tides?');
      await untilSounding(page);
      await page.keyboard.press('Escape');
      await page.waitForFunction(() => window.audioTap.sounding.size === 0);
      expect(await student.turn(0).textContent()).toContain('Interrupted.');
      await student.type('And at night?');
      await untilSounding(page);
      await student.turn(1).getByRole('button', { name: 'Stop speaking' }).click();
      await page.waitForFunction(() => window.audioTap.sounding.size === 0);
    },
    MINUTES,
  );
});

describe('a connection that is lost in the middle of an answer', () => {
  it(
    'is told in words, comes back, and the question is answered to its end, once',
    async () => {
      const { page } = student;
      const sockets: WebSocketRoute[] = [];
      let isCut = false;
      await page.routeWebSocket(/\/Prod/, (socket) => {
        if (isCut) return void socket.close();
        sockets.push(socket);
        socket.connectToServer();
      });
      await page.reload();
      await withLecture();
      await student.type('Why are there tides?');
      await untilSounding(page);
      isCut = true;
      await sockets.at(-1)?.close();
      await page.getByText('The connection to SynapScribe is gone. Your questions wait until it is back.').waitFor();
      await page.locator('.turn.waiting').waitFor();
      isCut = false;
      expect(await student.untilAnswered(0)).toBe(ANSWER);
      expect((await playedPieces(page)).length).toBeGreaterThan(1);
      await page.reload();
      await student.untilReady();
      expect(await page.locator('.turn').count()).toBe(1);
    },
    2 * MINUTES,
  );

  it(
    'and a question that is asked meanwhile, wait for it',
    async () => {
      const { page } = student;
      await withLecture();
      await student.context.setOffline(true);
      await page.getByText('You are offline.').waitFor();
      await student.type('Why are there tides?');
      await page.locator('.turn.waiting').waitFor();
      await student.context.setOffline(false);
      expect(await student.untilAnswered(0)).toBe(ANSWER);
    },
    MINUTES,
  );
});

describe('two tabs', () => {
  it(
    'are the same guest, with the same lectures and the same conversation',
    async () => {
      await withLecture();
      const tab = await student.openTab(student.page.url());
      await tab.untilReady();
      await student.type('Why are there tides?');
      expect(await student.untilAnswered(0)).toBe(ANSWER);
      // Without a reload.
      expect(await tab.untilAnswered(0)).toBe(ANSWER);
      await tab.page.getByRole('link', { name: 'To your lectures' }).click();
      await tab.upload(sample('honey-lecture.mp3'));
      await tab.page.locator('.steps').waitFor();
      await student.page.getByRole('link', { name: 'To your lectures' }).click();
      await student.page.getByRole('link', { name: /Honey lecture/ }).waitFor();
      expect(tab.problems).toEqual([]);
    },
    2 * MINUTES,
  );

  it(
    'that open at once become one guest',
    async () => {
      const { page, context } = student;
      await page.goto('about:blank');
      await context.clearCookies();
      const fresh = await Visitor.arrive(browser, 'about:blank');
      const tabs = await Promise.all([1, 2, 3].map(() => fresh.openTab(stack.pageUrl)));
      await Promise.all(tabs.map((tab) => tab.page.getByText('None yet.').waitFor()));
      const ids = await Promise.all(
        tabs.map((tab) => tab.page.evaluate(() => localStorage.getItem('synapscribe.identity'))),
      );
      expect(new Set(ids).size).toBe(1);
      expect(ids[0]).toMatch(/us-east-1:/);
      await fresh.leave();
    },
    MINUTES,
  );
});
