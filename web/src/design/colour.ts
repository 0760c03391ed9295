/** Colours of the tokens, for what CSS does not paint: the map's canvas and the theme-color tag. */

/**
 * The colour of the custom property `token` in the present theme, as `rgb(…)`.
 *
 * A custom property keeps its text (`light-dark(…)`); only a real property resolves it.
 */
export function colour(token: `--${string}`): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  document.documentElement.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}
