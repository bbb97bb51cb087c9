/**
 * The page's first visit, from an empty cache: how much JavaScript it loads, and how long until it is drawn, answers to a
 * press, and knows its lectures. To beat, on two cores: 120 KB gzipped; interactive within 1 s.
 */
import '../cli/quiet-aws-sdk.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { startStack } from '../cli/stack.ts';
import { launchChromium } from '../test/browser/support/chromium.ts';
import { percentile } from './percentile.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 15);
const WARM_UP = 2;
/** Runs in the page: notes when it is drawn, and when its thread has nothing left to do. It may use nothing from outside. */
const CLOCK = `new MutationObserver((_, observer) => {
  if (document.querySelector('main h1') === null) return;
  observer.disconnect();
  requestIdleCallback(() => { window.interactiveMs = performance.now(); });
}).observe(document, { childList: true, subtree: true });
new MutationObserver((_, observer) => {
  if (document.querySelector('.empty button') === null) return;
  observer.disconnect();
  window.lecturesMs = performance.now();
}).observe(document, { childList: true, subtree: true });`;

interface Visit {
  interactiveMs: number;
  lecturesMs: number;
  /** Of scripts, as they were sent and gzipped here. */
  scripts: { bytes: number; gzipBytes: number };
}

const dataDir = await mkdtemp(join(tmpdir(), 'synapscribe-bench-'));
const stack = await startStack({ dataDir, ports: 'free' });
const browser = await launchChromium();
try {
  const visits: Visit[] = [];
  for (let i = 0; i < WARM_UP + ROUNDS; i++) {
    const measured = await visit(browser);
    if (i >= WARM_UP) visits.push(measured);
  }
  const interactive = visits.map(({ interactiveMs }) => interactiveMs);
  const lectures = visits.map(({ lecturesMs }) => lecturesMs);
  const scripts = visits[0]?.scripts ?? { bytes: 0, gzipBytes: 0 };
  console.log(
    JSON.stringify({
      javascriptKb: round(scripts.bytes / 1024),
      javascriptGzipKb: round(scripts.gzipBytes / 1024),
      interactiveP50Ms: Math.round(percentile(interactive, 0.5)),
      interactiveMaxMs: Math.round(percentile(interactive, 1)),
      lecturesP50Ms: Math.round(percentile(lectures, 0.5)),
      lecturesMaxMs: Math.round(percentile(lectures, 1)),
      n: visits.length,
    }),
  );
} finally {
  await browser.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** A profile of its own: nothing is cached, and nobody known. */
async function visit(chromium: Browser): Promise<Visit> {
  const context = await chromium.newContext();
  await context.addInitScript(CLOCK);
  const page = await context.newPage();
  const bodies: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') bodies.push(response.body());
  });
  await page.goto(stack.pageUrl);
  // Functions: the page's policy runs no text.
  const isThere = (name: string): boolean => Reflect.has(globalThis, name);
  for (const name of ['lecturesMs', 'interactiveMs']) await page.waitForFunction(isThere, name);
  const read = (name: string): Promise<number> => page.evaluate((key) => Number(Reflect.get(globalThis, key)), name);
  const [interactiveMs, lecturesMs] = await Promise.all([read('interactiveMs'), read('lecturesMs')]);
  const scripts = await Promise.all(bodies);
  await context.close();
  return {
    interactiveMs,
    lecturesMs,
    scripts: {
      bytes: scripts.reduce((sum, body) => sum + body.length, 0),
      gzipBytes: scripts.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0),
    },
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
