/** A student at the page: a browser profile of its own, what went wrong in it, and the steps that many tests take. */
import { expect } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { tapAudio } from './audio-tap.ts';

export const STEP_MS = 30_000;
export const sample = (name: string): string => fileURLToPath(new URL(`../../../samples/${name}`, import.meta.url));
/** What Chromium says of a fetch that the page itself has ended, or that a test has. */
const EXPECTED = /net::ERR_(?:ABORTED|INTERNET_DISCONNECTED)|WebSocket connection to/;

export class Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Exceptions, and what the page's policy refused. */
  readonly problems: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
  }

  static async arrive(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(STEP_MS);
    await context.addInitScript(tapAudio);
    const visitor = await Visitor.#open(context);
    await visitor.page.goto(url);
    return visitor;
  }

  /** Another tab of the same browser. */
  async openTab(url: string): Promise<Visitor> {
    const visitor = await Visitor.#open(this.context);
    await visitor.page.goto(url);
    return visitor;
  }

  static async #open(context: BrowserContext): Promise<Visitor> {
    const page = await context.newPage();
    const visitor = new Visitor(context, page);
    page.on('pageerror', ({ message }) => visitor.problems.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !EXPECTED.test(message.text())) visitor.problems.push(message.text());
    });
    return visitor;
  }

  async upload(file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    await this.page.getByLabel('Choose a recording').setInputFiles(file);
  }

  /** Until questions may be asked about the lecture that is shown. */
  async untilReady(): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Type a question' }).waitFor({ timeout: 2 * 60_000 });
    await this.page.locator('.sentences li').first().waitFor({ state: 'attached' });
  }

  async type(question: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Type a question' }).fill(question);
    await this.page.keyboard.press('Enter');
  }

  turn(n: number) {
    return this.page.locator('.turn').nth(n);
  }

  async untilAnswered(n: number): Promise<string> {
    await this.page.locator(`.turn:nth-child(${n + 1} of .turn).done`).waitFor();
    return (await this.turn(n).locator('.answer').textContent()) ?? '';
  }

  /** Leaves, and says what went wrong meanwhile: nothing. */
  async leave(): Promise<void> {
    await this.context.close();
    expect(this.problems).toEqual([]);
  }
}
