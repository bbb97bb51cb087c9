/** How the page is built, and served while one works on it (`npm run dev`, beside `npm start`). */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** Where `npm start` listens: what the page asks of its own server, the server in development asks of that one. */
const LOCAL_SERVER = 'http://127.0.0.1:8080';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, so that the page may stand anywhere.
  base: './',
  build: {
    target: ['chrome111', 'firefox114', 'safari16.4'],
    assetsDir: 'assets',
    // Nothing as a data: address: the page's policy forbids it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { port: 5173, proxy: { '/settings.json': LOCAL_SERVER } },
});
