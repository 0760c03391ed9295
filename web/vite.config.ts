/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const server = 'http://localhost:8000';

export default defineConfig({
  plugins: [svelte()],
  build: { target: 'es2022', sourcemap: false },
  // `npm run dev` serves the sources and asks a running `./dev up` for the rest.
  server: {
    proxy: { '/api': server, '/tiles': server, '/live': { target: server, ws: true } },
  },
  resolve: { conditions: ['browser'] },
  test: { environment: 'jsdom', include: ['src/**/*.test.ts'] },
});
