import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist/', 'node_modules/'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  // Text of members goes to the page as text nodes only.
  { rules: { 'svelte/no-at-html-tags': 'error', '@typescript-eslint/no-explicit-any': 'error' } },
  // The one place for HTML, and only for what the server has cleaned.
  { files: ['src/articles/Article.svelte'], rules: { 'svelte/no-at-html-tags': 'off' } },
  // A parameter that only keeps its place begins with an underscore.
  {
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  // Stores keep their books in plain maps and publish by replacing a `$state.raw`: one change, one redraw.
  { rules: { 'svelte/prefer-svelte-reactivity': 'off' } },
);
