/** The speech service's process. Flite's threads run this file too where a bundler has made it the only one. */
import { isMainThread } from 'node:worker_threads';
import { runService } from '../service-kit/service.ts';
import { startGttsProxy } from './server.ts';
import { readGttsProxySettings } from './settings.ts';

if (isMainThread) await runService('gtts-proxy', () => startGttsProxy(readGttsProxySettings()));
