/** Every screen as people meet it: no fault that axe finds, in light and dark, on a desk and on a phone; by keyboard alone. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axe from 'axe-core';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as speaking } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startStack, type Stack } from '../../cli/stack.ts';
import { launchChromium } from './support/chromium.ts';
import { sample, Visitor } from './support/visitor.ts';

const MINUTES = 60_000;
const SCREENSHOTS =
  process.env['SCREENSHOT_DIR'] ?? fileURLToPath(new URL('../../.synapscribe/screenshots', import.meta.url));
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const DESK = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const LOOKS: readonly [string, BrowserContextOptions][] = [
  ['light', { ...DESK, colorScheme: 'light' }],
  ['dark', { ...DESK, colorScheme: 'dark' }],
  ['phone', { ...PHONE, colorScheme: 'light' }],
  ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
];

let dataDir: string;
let stack: Stack;
let browser: Browser;
/** Where the microphone is refused. */
let strict: Browser;

beforeAll(async () => {
  await mkdir(SCREENSHOTS, { recursive: true });
  dataDir = await mkdtemp(join(tmpdir(), 'synapscribe-screens-'));
  stack = await startStack({ dataDir, ports: 'free' });
  browser = await launchChromium({ microphone: sample('question-1.wav') });
  strict = await launchChromium({ microphone: 'refused' });
}, 3 * MINUTES);

afterAll(async () => {
  await browser.close();
  await strict.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Takes the picture, and lets axe look. */
async function expectFaultless(page: Page, name: string): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready;
    // What moves is at its end.
    for (const animation of document.getAnimations()) {
      if (Number.isFinite(animation.effect?.getComputedTiming().endTime)) animation.finish();
    }
  });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled' });
  // A phone's browser would lay out the page wider than its screen, and put what sticks to the edges beside them.
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async (values) => {
    const results = await window.axe.run(document, { runOnly: { type: 'tag', values } });
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  }, RULES);
  expect({ name, violations }).toEqual({ name, violations: [] });
}

declare global {
  interface Window {
    axe: typeof axe;
  }
}

describe.each(LOOKS)('in %s', (look, options) => {
  it(
    'every screen has no fault that axe finds',
    async () => {
      const student = await Visitor.arrive(browser, stack.pageUrl, options);
      const { page } = student;
      const expectScreen = (name: string): Promise<void> => expectFaultless(page, `${name}-${look}`);
      await page.getByText('None yet.').waitFor();
      await expectScreen('home-empty');

      await student.upload(sample('honey-lecture.mp3'));
      await page.locator('.steps').waitFor();
      await expectScreen('progress');
      await student.untilReady();
      await page.locator('.waveform .bars').first().waitFor();
      await expectScreen('lecture-new');

      await student.type('Why do bees beat their wings?');
      await student.untilAnswered(0);
      await student.type('How many flowers must be visited on one trip?');
      await student.untilAnswered(1);
      await expectScreen('lecture');
      await page.getByRole('button', { name: 'Export' }).click();
      await expectScreen('export');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');

      await page.getByRole('button', { name: /Ask by voice/ }).click();
      await page.getByText('Listening. Let go').waitFor();
      await expectScreen('listening');
      await page.keyboard.press('Escape');

      if (options.isMobile === true) await page.getByRole('button', { name: 'Transcript', exact: true }).click();
      await page.getByRole('searchbox').fill('honey');
      await page.locator('.hits li').first().waitFor();
      await expectScreen('search');

      await page.getByRole('link', { name: 'To your lectures' }).click();
      const zip = { name: 'notes.mp3', mimeType: 'audio/mpeg', buffer: Buffer.from('PK\u0003\u0004'.repeat(2_000)) };
      await student.upload(zip);
      await page.getByRole('heading', { name: /was refused/ }).waitFor();
      await expectScreen('refused');
      await page.getByRole('link', { name: 'To your lectures' }).click();
      await student.upload(sample('question-2.mp3'));
      await student.untilReady();
      await page.getByRole('link', { name: 'To your lectures' }).click();
      await page.getByRole('link', { name: 'Ask all of them' }).waitFor();
      await expectScreen('home');
      await page.getByRole('button', { name: 'Delete “Question-2”' }).click();
      await page.getByRole('dialog', { name: 'Delete “Question-2”?' }).waitFor();
      await expectScreen('delete');
      await page.keyboard.press('Escape');

      await page.getByRole('link', { name: 'Ask all of them' }).click();
      await student.type('How many flowers must be visited on one trip?');
      await student.untilAnswered(0);
      await expectScreen('all-lectures');
      // A citation leads to its lecture, which plays there.
      await page.locator('.citation').first().click();
      await page.locator('.sentences [aria-current]').waitFor({ state: 'attached' });

      await student.context.setOffline(true);
      await page.getByText('You are offline.').waitFor();
      await expectScreen('offline');
      await student.context.setOffline(false);
      await page.goto(`${stack.pageUrl}/#/lectures/00000000-0000-4000-8000-000000000000`);
      await page.getByRole('heading', { name: 'This lecture is not here' }).waitFor();
      await expectScreen('not-here');
      await student.leave();
    },
    5 * MINUTES,
  );
});

describe('a microphone that is refused', () => {
  it.each(LOOKS)(
    'is explained without a fault in %s',
    async (look, options) => {
      const student = await Visitor.arrive(strict, stack.pageUrl, options);
      await student.upload(sample('question-2.mp3'));
      await student.untilReady();
      await student.page.getByRole('button', { name: /Ask by voice/ }).click();
      await student.page.getByRole('alert').waitFor();
      await expectFaultless(student.page, `microphone-refused-${look}`);
      await student.leave();
    },
    2 * MINUTES,
  );
});

describe('with the keyboard alone', () => {
  /** Tabs until what has the focus matches. */
  async function tabTo(page: Page, selector: string): Promise<void> {
    for (let i = 0; i < 120; i++) {
      await page.keyboard.press('Tab');
      const isThere = await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector);
      if (isThere) return;
    }
    throw new Error(`Nothing that matches ${selector} gets the focus.`);
  }

  it(
    'the sentences are one stop of the Tab key, and the arrow keys move among them',
    async () => {
      const student = await Visitor.arrive(browser, stack.pageUrl);
      const { page } = student;
      await student.upload(sample('honey-lecture.mp3'));
      await student.untilReady();
      /** Which sentence has the focus, from 0; -1 for none. */
      const focused = (): Promise<number> =>
        page.evaluate(() =>
          [...document.querySelectorAll('.sentences button')].findIndex((one) => one === document.activeElement),
        );
      const last = (await page.locator('.sentences li').count()) - 1;
      expect(last).toBeGreaterThan(20);
      const places: number[] = [];
      await tabTo(page, '.sentences button');
      places.push(await focused());
      for (const key of [
        'ArrowUp',
        'ArrowDown',
        'ArrowDown',
        'End',
        'ArrowDown',
        'ArrowUp',
        'Tab',
        'Shift+Tab',
        'Home',
      ]) {
        await page.keyboard.press(key);
        places.push(await focused());
      }
      expect(places).toEqual([0, 0, 1, 2, last, last, last - 1, -1, last - 1, 0]);

      // What sounds is the stop, once the focus is elsewhere.
      await tabTo(page, '.ask-text');
      await page
        .locator('.sentences button')
        .nth(5)
        .evaluate((one) => one instanceof HTMLElement && one.click());
      await page.locator('.sentences li:nth-child(6)[aria-current]').waitFor({ state: 'attached' });
      await page.keyboard.press('Shift+Tab');
      while ((await focused()) === -1) await page.keyboard.press('Shift+Tab');
      expect(await focused()).toBe(5);
      await student.leave();
    },
    2 * MINUTES,
  );

  it(
    'a recording is chosen, a question asked by voice, and a cited place played',
    async () => {
      const student = await Visitor.arrive(browser, stack.pageUrl);
      const { page } = student;
      await page.getByText('None yet.').waitFor();
      // Asked for before the keys: a key takes a quicker way to the page than the wish to catch its file dialog.
      const chosen = page.waitForEvent('filechooser');
      await tabTo(page, 'input[type="file"]');
      await page.keyboard.press('Enter');
      const chooser = await chosen;
      await chooser.setFiles(sample('honey-lecture.mp3'));
      await student.untilReady();

      await tabTo(page, '.microphone');
      // What has the focus is seen to have it.
      const outline = await page.evaluate(() =>
        document.activeElement === null ? '' : getComputedStyle(document.activeElement).outlineStyle,
      );
      expect(outline).toBe('solid');
      await page.keyboard.down('Space');
      await page.getByText('Listening. Let go').waitFor();
      await speaking(4_500);
      await page.keyboard.up('Space');
      expect(await student.untilAnswered(0)).toMatch(/flowers/);

      // The space bar is the button wherever it has no meaning of its own.
      await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
      await page.keyboard.down('Space');
      await page.getByText('Listening. Let go').waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.up('Space');
      expect(await page.locator('.turn').count()).toBe(1);

      await tabTo(page, '.citation');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Pause the recording' }).waitFor();
      await page.keyboard.press('Escape');
      await tabTo(page, '[role="slider"]');
      await page.keyboard.press('Home');
      await student.leave();
    },
    3 * MINUTES,
  );
});
