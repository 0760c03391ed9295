/**
 * The look of a pin, for the page and for the canvas alike: a body that carries the sign of its layer.
 *
 * Open is filled; in progress is half-filled, so that the state shows without colour.
 */
import Flag from '@lucide/svelte/icons/flag';
import Gift from '@lucide/svelte/icons/gift';
import Hand from '@lucide/svelte/icons/hand';
import Newspaper from '@lucide/svelte/icons/newspaper';
import { flushSync, mount, unmount } from 'svelte';
import type { Layer, Pin } from '../protocol';
import type { Palette } from './palette';

/** The sign of each layer, the same as in the list. */
export const SIGNS = { request: Hand, offer: Gift, project: Flag, mag: Newspaper } as const;

/** Every body stands in this box, its tip at the middle of the lower edge. */
export const BOX = { width: 36, height: 44 };
/** The body of each layer. Outlines differ too: round asks, square gives, a shield calls, a page tells. */
export const BODIES: Readonly<Record<Layer, string>> = {
  request: 'M18 43C14.5 37.5 3 29 3 17.5a15 15 0 0 1 30 0C33 29 21.5 37.5 18 43Z',
  offer: 'M11 3H25a8 8 0 0 1 8 8V25a8 8 0 0 1-8 8H23.5L18 43L12.5 33H11a8 8 0 0 1-8-8V11a8 8 0 0 1 8-8Z',
  project: 'M18 2.5L32 9.5V24.5L18 43L4 24.5V9.5Z',
  mag: 'M7 3H24L32 11V30a3 3 0 0 1-3 3H23L18 43L13 33H7a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3Z',
};
/** From here down a body is filled while in progress. */
export const WAIST = 21;
/** Where the sign sits. */
const SIGN = { x: 9, y: 8.5, size: 18 };
const LUCIDE_BOX = 24;

/** What decides the look of a pin on the canvas, as the name of its image. */
export const lookOf = (pin: Pin, unread: boolean, theme: string): string =>
  ['pin', theme, pin.kind, pin.state === 'in_progress' ? 'half' : 'full', unread ? 'unread' : 'read'].join(
    ' ',
  );

/** The image named `look` by `lookOf`, at `ratio` device pixels to one; null for other names. */
export function drawLook(look: string, colours: Palette, ratio: number): ImageData | null {
  const [pin, , kind, filling, news] = look.split(' ');
  if (pin !== 'pin') return null;
  const canvas = document.createElement('canvas');
  canvas.width = BOX.width * ratio;
  canvas.height = BOX.height * ratio;
  const brush = canvas.getContext('2d')!;
  brush.scale(ratio, ratio);
  drawBody(brush, kind as Layer, filling === 'half', colours);
  drawSign(brush, kind as Layer, filling === 'half' ? colours.ink : colours.onLayer);
  if (news === 'unread') drawDot(brush, colours);
  return brush.getImageData(0, 0, canvas.width, canvas.height);
}

function drawBody(brush: CanvasRenderingContext2D, kind: Layer, half: boolean, colours: Palette): void {
  const body = new Path2D(BODIES[kind]);
  const colour = colours.layers[kind];
  brush.lineJoin = 'round';
  brush.lineWidth = 2;
  brush.fillStyle = half ? colours.surface : colour;
  brush.fill(body);
  brush.save();
  brush.beginPath();
  brush.rect(0, WAIST, BOX.width, BOX.height);
  brush.clip();
  brush.fillStyle = colour;
  brush.fill(body);
  brush.restore();
  brush.strokeStyle = half ? colour : colours.surface;
  brush.stroke(body);
}

function drawSign(brush: CanvasRenderingContext2D, kind: Layer, ink: string): void {
  brush.save();
  brush.translate(SIGN.x, SIGN.y);
  brush.scale(SIGN.size / LUCIDE_BOX, SIGN.size / LUCIDE_BOX);
  brush.strokeStyle = ink;
  brush.lineWidth = 2.25;
  brush.lineCap = brush.lineJoin = 'round';
  brush.stroke(strokes(kind));
  brush.restore();
}

function drawDot(brush: CanvasRenderingContext2D, colours: Palette): void {
  brush.beginPath();
  brush.arc(29, 7, 5.5, 0, 2 * Math.PI);
  brush.fillStyle = colours.unread;
  brush.fill();
  brush.strokeStyle = colours.surface;
  brush.stroke();
}

const traced = new Map<Layer, Path2D>();

/** The sign's lines, read from the icon itself: list, page and canvas cannot differ. */
function strokes(kind: Layer): Path2D {
  const known = traced.get(kind);
  if (known) return known;
  const target = document.createElement('div');
  const icon = mount(SIGNS[kind], { target });
  flushSync();
  const path = new Path2D();
  for (const shape of target.querySelectorAll('svg > *')) path.addPath(outline(shape));
  void unmount(icon);
  traced.set(kind, path);
  return path;
}

function outline(shape: Element): Path2D {
  const n = (name: string): number => Number(shape.getAttribute(name) ?? 0);
  const path = new Path2D(shape.getAttribute('d') ?? undefined);
  if (shape.localName === 'rect') path.roundRect(n('x'), n('y'), n('width'), n('height'), n('rx'));
  if (shape.localName === 'circle') path.arc(n('cx'), n('cy'), n('r'), 0, 2 * Math.PI);
  if (shape.localName === 'line') {
    path.moveTo(n('x1'), n('y1'));
    path.lineTo(n('x2'), n('y2'));
  }
  return path;
}
