/**
 * Moving a figure over the map by pointer, finger or arrow keys.
 *
 * The figure says where it would like to be (`settled` false) at most once per frame, and where it stays
 * (`settled` true) when it is let go of or the keys rest.
 */
import type { Attachment } from 'svelte/attachments';
import type { Place } from '../protocol';
import type { Camera, Spot } from './camera.svelte';
import { goTo, READER } from './travel';

/** Told wherever the figure goes; `settled` when it stays. */
export type Moved = (at: Place, settled: boolean) => void;

// Below this a press is a click, not a drag: a finger is never still.
const SLACK_PX = 4;
const STEP_PX = 12;
const LEAP_PX = 72;
const REST_MS = 500;

const ARROWS: Partial<Record<string, [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Make an element draggable; `standing` is where the figure stands now. */
export function draggable(camera: Camera, standing: () => Place, moved: Moved): Attachment<HTMLElement> {
  return (element) => {
    const undo = [byPointer(element, camera, standing, moved), byArrows(element, camera, standing, moved)];
    return () => undo.forEach((stop) => stop());
  };
}

function byPointer(element: HTMLElement, camera: Camera, standing: () => Place, moved: Moved): () => void {
  let start: Spot | null = null;
  let grip: Spot = { x: 0, y: 0 };
  let target: Place | null = null;
  let frame = 0;

  function down(event: PointerEvent): void {
    if (event.button !== 0 || !event.isPrimary) return;
    element.setPointerCapture(event.pointerId);
    const foot = camera.spot(standing());
    start = { x: event.clientX, y: event.clientY };
    grip = { x: foot.x - start.x, y: foot.y - start.y };
  }

  function move(event: PointerEvent): void {
    if (!start) return;
    const far = Math.hypot(event.clientX - start.x, event.clientY - start.y) > SLACK_PX;
    if (!target && !far) return;
    element.dataset.dragged = '';
    target = camera.place({ x: event.clientX + grip.x, y: event.clientY + grip.y });
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (target) moved(target, false);
    });
  }

  function up(): void {
    const at = target;
    start = target = null;
    if (at) moved(at, true);
    // The click that ends a drag comes right after this event; only then is the figure free again.
    setTimeout(() => delete element.dataset.dragged);
  }

  const stops = [
    listen(element, 'pointerdown', down),
    listen(element, 'pointermove', move),
    listen(element, 'pointerup', up),
    listen(element, 'pointercancel', up),
    // The map would pan under the figure.
    listen(element, 'mousedown', (event) => event.stopPropagation()),
    listen(element, 'touchstart', (event) => event.stopPropagation()),
  ];
  return () => {
    cancelAnimationFrame(frame);
    stops.forEach((stop) => stop());
  };
}

function byArrows(element: HTMLElement, camera: Camera, standing: () => Place, moved: Moved): () => void {
  let rest: ReturnType<typeof setTimeout> | undefined;
  let target: Place | null = null;

  function settle(): void {
    clearTimeout(rest);
    if (target) moved(target, true);
    target = null;
  }

  function press(event: KeyboardEvent): void {
    const way = ARROWS[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    // The map listens for arrows too.
    event.stopPropagation();
    const foot = camera.spot(target ?? standing());
    const step = event.shiftKey ? LEAP_PX : STEP_PX;
    target = camera.place({ x: foot.x + way[0] * step, y: foot.y + way[1] * step });
    moved(target, false);
    // Who walks off the screen takes the map along.
    if (!camera.sees(target)) goTo(camera, target, READER);
    clearTimeout(rest);
    rest = setTimeout(settle, REST_MS);
  }

  const stops = [listen(element, 'keydown', press), listen(element, 'blur', settle)];
  return () => {
    settle();
    stops.forEach((stop) => stop());
  };
}

function listen<K extends keyof HTMLElementEventMap>(
  element: HTMLElement,
  type: K,
  heard: (event: HTMLElementEventMap[K]) => void,
): () => void {
  element.addEventListener(type, heard);
  return () => element.removeEventListener(type, heard);
}
