/** The sentence to show for anything that was thrown. */
import { Problem } from '../api/client';
import { t } from './index.svelte';

/** The server's own words where it gave any, else ours. */
export function problemText(failure: unknown): string {
  if (failure instanceof Error && 'title' in failure && typeof failure.title === 'string' && failure.title)
    return failure.title;
  if (failure instanceof Problem && failure.code === 'offline') return t('common.problem_offline');
  return t('common.problem_unknown');
}
