/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// What every panel is made of travels with the shell: one file instead of forty, each a round trip on a phone.
const SHELL =
  /node_modules\/(svelte|esm-env|clsx|@lucide)\/|src\/(api|design|live|state|list|protocol|i18n\/(?!en\/))/;

const server = 'http://localhost:8000';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    sourcemap: false,
    // MapLibre is one file of 1 MB; it is fetched after everything else.
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shell', test: SHELL }] } } },
  },
  // `npm run dev` serves the sources and asks a running `./dev up` for the rest.
  server: {
    proxy: { '/api': server, '/tiles': server, '/live': { target: server, ws: true } },
  },
  resolve: { conditions: ['browser'] },
  test: { environment: 'jsdom', include: ['src/**/*.test.ts'] },
});
