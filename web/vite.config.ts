/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const server = 'http://localhost:8000';

/** Puts beside each script and style what it is compressed: as small as can be, once, instead of per visit. */
function compressed(): Plugin {
  const ways = { '.br': promisify(brotliCompress), '.gz': promisify(gzip) };
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir = 'dist' }, bundle) {
      const texts = Object.keys(bundle).filter((name) => /\.(m?js|css)$/.test(name));
      const paths = texts.map((name) => join(dir, name));
      const press = async (path: string) => {
        const text = await readFile(path);
        for (const [ending, way] of Object.entries(ways)) await writeFile(path + ending, await way(text));
      };
      await Promise.all(paths.map(press));
    },
  };
}

/** `--mode embed` builds the small map for other sites, beside the app: a page of its own that shares no file. */
export default defineConfig(({ mode }) => ({
  plugins: [svelte(), compressed()],
  build: {
    target: 'es2022',
    sourcemap: false,
    // MapLibre is one file of 1 MB; it is fetched after everything else.
    chunkSizeWarningLimit: 1500,
    emptyOutDir: mode !== 'embed',
    // The shell is one file instead of forty, each of which would be a round trip on a phone.
    rolldownOptions: {
      input: mode === 'embed' ? 'embed.html' : 'index.html',
      output: { codeSplitting: { groups: [{ name: 'shell', tags: ['$initial'] }] } },
    },
  },
  // `npm run dev` serves the sources and asks a running `./dev up` for the rest.
  server: {
    proxy: { '/api': server, '/tiles': server, '/live': { target: server, ws: true } },
  },
  resolve: { conditions: ['browser'] },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    // Two cores may be busy with other things: what takes this long is broken, not slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
}));
