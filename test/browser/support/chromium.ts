/** Debian's Chromium, driven by Playwright's core: with a microphone that plays a file, and no network but this machine's. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const CANDIDATES = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser'];
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface ChromiumOptions {
  /** A WAV that the microphone plays once, from the moment it is opened; or one that nobody is allowed to use. */
  microphone?: string;
}

/** @throws Error where there is no Chromium */
export async function launchChromium({ microphone }: ChromiumOptions = {}): Promise<Browser> {
  const executablePath = CANDIDATES.find((path) => path !== '' && existsSync(path));
  if (executablePath === undefined) {
    throw new Error('There is no Chromium: apt-get install chromium, or name one in the environment as CHROMIUM.');
  }
  const fakeMicrophone = [
    '--use-fake-device-for-media-stream',
    ...(microphone === 'refused'
      ? ['--deny-permission-prompts']
      : ['--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${microphone}%noloop`]),
  ];
  return await chromium.launch({
    executablePath,
    // Root, as CI is, has no sandbox.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [...FLAGS, ...(microphone === undefined ? [] : fakeMicrophone)],
  });
}
