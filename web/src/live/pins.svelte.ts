/**
 * What is in view around the avatar, kept true by the socket's `view`, `pin` and `gone`.
 *
 * Map and list are both drawn from here. A pin is replaced only by one of a higher version, and what
 * has ended does not come back by a frame that was late.
 */
import type { Api } from '../api/client';
import type { Layer, Pin, PinGone, Place, Scale, View } from '../protocol';
import { distance_m } from './sphere';
import type { LiveSocket } from './socket';

/** A pin and how far it is from the avatar, in metres. */
export interface Near {
  readonly pin: Pin;
  readonly distance_m: number;
}

/** What one looks at. */
export interface Looking {
  at: Place;
  scale: Scale;
  layers: readonly Layer[];
}

/** How long a pin that is done stays on the map, to fade out with a smile. */
const FAREWELL_MS = 1800;
/** While the avatar is dragged, the server is asked at most this often. */
const WATCH_EVERY_MS = 180;
/** Without a socket for so long, the list is fetched by REST instead. */
const FALLBACK_MS = 2500;
const ENDED_KEPT = 1000;

type Features = { features: { properties: Pin }[] };

export class PinStore {
  /** Every pin in view, in no order. */
  pins = $state.raw<readonly Pin[]>([]);
  /** The same and those just done, whose state is `done`: what the map draws. */
  shown = $derived.by(() => [...this.pins, ...this.#leaving]);
  /** The view has been told at least once since the page was opened. */
  known = $state(false);
  #at = $state.raw<Place>({ lon: 0, lat: 0 });
  /** Nearest first, measured from the avatar. */
  list = $derived.by(() => nearestFirst(this.pins, this.#at));
  /** Called with pins that came into an already known view by themselves, not because one moved. */
  onarrived: ((pins: readonly Pin[]) => void) | undefined;

  #leaving = $state.raw<readonly Pin[]>([]);
  #byId = new Map<string, Pin>();
  #ended = new Map<string, number>();
  #looking: Looking | undefined;
  #asked = '';
  #lastAsk = 0;
  #pending: ReturnType<typeof setTimeout> | undefined;
  #fallback: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly socket: LiveSocket,
    private readonly api: Pick<Api, 'post'>,
  ) {
    socket.on('welcome', () => this.#ask());
    socket.on('resync', (event) => setTimeout(() => this.#ask(), Math.random() * event.within_ms));
    socket.on('view', (event) => this.#view(event));
    socket.on('pin', (event) => this.#put(event.pin));
    socket.on('gone', (event) => this.#gone(event));
  }

  /** Look there from now on. Called as often as the avatar moves; the server is asked less often. */
  look(looking: Looking): void {
    this.#looking = looking;
    this.#at = looking.at;
    const wish = JSON.stringify(looking);
    if (wish === this.#asked || this.#pending !== undefined) return;
    const wait = Math.max(0, this.#lastAsk + WATCH_EVERY_MS - Date.now());
    if (wait === 0) this.#ask();
    else this.#pending = setTimeout(() => this.#ask(), wait);
  }

  /** Show `pins`, which the page brought along, until the first view replaces them. */
  begin(pins: readonly Pin[]): void {
    for (const pin of pins) this.#accept(pin);
    this.#publish();
  }

  get(id: string): Pin | undefined {
    return this.#byId.get(id);
  }

  /** Look by REST, while the socket is away. */
  detour(): void {
    void this.#fetch();
  }

  #ask(): void {
    clearTimeout(this.#pending);
    this.#pending = undefined;
    if (!this.#looking) return;
    this.#lastAsk = Date.now();
    this.#asked = JSON.stringify(this.#looking);
    const { at, scale, layers } = this.#looking;
    const told = this.socket.tell({ type: 'watch', at, scale, layers: [...layers] });
    clearTimeout(this.#fallback);
    this.#fallback = told ? undefined : setTimeout(() => void this.#fetch(), FALLBACK_MS);
  }

  /** Look once by REST: for networks that let no socket through. */
  async #fetch(): Promise<void> {
    const looking = this.#looking;
    if (!looking || this.socket.state === 'online') return;
    if (looking.layers.length === 0) return this.#view({ type: 'view', reset: true, entered: [], left: [] });
    const found = await this.api.post<Features>('/api/listings/around', looking).catch(() => undefined);
    if (!found || this.#looking !== looking || this.socket.tell({ type: 'ping' })) return;
    const entered = found.features.map((feature) => feature.properties);
    this.#view({ type: 'view', reset: true, entered, left: [] });
  }

  #view(view: View): void {
    if (view.reset) {
      const kept = new Set(view.entered.map((pin) => pin.id));
      for (const id of [...this.#byId.keys()]) if (!kept.has(id)) this.#byId.delete(id);
    }
    for (const id of view.left) this.#byId.delete(id);
    for (const pin of view.entered) this.#accept(pin);
    this.known = true;
    this.#publish();
  }

  #put(pin: Pin): void {
    const isNew = !this.#byId.has(pin.id);
    if (!this.#accept(pin)) return;
    this.#publish();
    if (isNew && this.known) this.onarrived?.([pin]);
  }

  /** Take `pin` unless something as new or newer is known of it; says whether it was taken. */
  #accept(pin: Pin): boolean {
    const known = this.#byId.get(pin.id)?.version ?? -1;
    const ended = this.#ended.get(pin.id) ?? -1;
    if (pin.version <= known || pin.version <= ended) return false;
    this.#byId.set(pin.id, pin);
    this.#leaving = this.#leaving.filter((gone) => gone.id !== pin.id);
    return true;
  }

  #gone(gone: PinGone): void {
    if (gone.reason !== 'left') this.#remember(gone);
    const pin = this.#byId.get(gone.id);
    if (!pin || pin.version > gone.version) return;
    this.#byId.delete(gone.id);
    if (gone.reason === 'done') this.#sayFarewell({ ...pin, state: 'done', version: gone.version });
    this.#publish();
  }

  #remember(gone: PinGone): void {
    this.#ended.set(gone.id, Math.max(gone.version, this.#ended.get(gone.id) ?? 0));
    const oldest = this.#ended.keys().next();
    if (this.#ended.size > ENDED_KEPT && !oldest.done) this.#ended.delete(oldest.value);
  }

  #sayFarewell(pin: Pin): void {
    this.#leaving = [...this.#leaving, pin];
    setTimeout(() => (this.#leaving = this.#leaving.filter((gone) => gone !== pin)), FAREWELL_MS);
  }

  #publish(): void {
    this.pins = [...this.#byId.values()];
  }
}

function nearestFirst(pins: readonly Pin[], at: Place): readonly Near[] {
  return pins
    .map((pin) => ({ pin, distance_m: distance_m(at, pin) }))
    .sort((a, b) => a.distance_m - b.distance_m || (a.pin.id < b.pin.id ? -1 : 1));
}
