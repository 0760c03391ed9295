/** The tokens that the canvas needs, as colours it understands: CSS resolves them, WebGL cannot. */
import { colour } from '../design/colour';
import { LAYER, type Layer } from '../protocol';

export interface Palette {
  layers: Readonly<Record<Layer, string>>;
  onLayer: string;
  ink: string;
  surface: string;
  line: string;
  unread: string;
}

/** The palette of the theme that the page has now. */
export function palette(): Palette {
  return {
    layers: Object.fromEntries(LAYER.map((layer) => [layer, colour(`--${layer}`)])) as Record<Layer, string>,
    onLayer: colour('--on-layer'),
    ink: colour('--ink'),
    surface: colour('--surface'),
    line: colour('--line-strong'),
    unread: colour('--danger'),
  };
}
