import { afterEach, describe, expect, it } from 'vitest';
import { language } from '../i18n/index.svelte';
import type { Pin } from '../protocol';
import {
  depthOf,
  FRONT,
  inOrder,
  isCrowded,
  pinFeatures,
  pinName,
  pinsWithin,
  reachM,
  stackName,
} from './pins';

const AVATAR = { lon: 7.3359, lat: 47.7508 };
const ANA = { id: 'ana', name: 'Ana', kind: 'individual' } as const;

const pin = (change: Partial<Pin> = {}): Pin => ({
  id: 'a',
  kind: 'request',
  title: 'Tondre la pelouse',
  category: 'garden',
  smiles: 3,
  state: 'open',
  lon: 7.3359,
  lat: 47.75395,
  precision: 'approximate',
  author: ANA,
  created_at: '2026-11-23T05:00:00Z',
  expires_at: '2026-12-23T05:00:00Z',
  version: 1,
  ...change,
});

/** Without the no-break spaces of French typography. */
const said = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

describe('the name of a pin', () => {
  afterEach(() => language.use('fr'));

  it('says kind, title, distance and smiles', () => {
    expect(said(pinName(pin(), AVATAR, false))).toBe('Demande : Tondre la pelouse, à 350 m, 3 smiles');
  });

  it('says what colour and dot say: in progress, unread', () => {
    const name = pinName(pin({ kind: 'offer', state: 'in_progress' }), AVATAR, true);

    expect(said(name)).toBe('Offre : Tondre la pelouse, à 350 m, 3 smiles, en cours, non lu');
  });

  it('says of a mag what it is about, and of an event when it is', () => {
    const mag = pin({ kind: 'mag', title: 'Le vide-grenier', category: 'shop', smiles: 0 });
    const event = { starts_at: '2026-12-05T18:00', ends_at: '2026-12-05T21:30' };

    expect(said(pinName(mag, AVATAR, false))).toBe('Mag : Le vide-grenier, à 350 m, Boutique');
    expect(said(pinName({ ...mag, ...event }, AVATAR, false))).toMatch(/, sam. 5 déc.* 18 h – 21 h 30$/);
  });

  it('says it in English too', async () => {
    await language.use('en');

    expect(said(pinName(pin({ smiles: 1, state: 'done' }), AVATAR, false))).toBe(
      'Request: Tondre la pelouse, 350 m away, 1 smile, done',
    );
  });
});

describe('pins in view', () => {
  it('are those within the bounds', () => {
    const near = pin();
    const far = pin({ id: 'b', lon: 8 });

    expect(pinsWithin([near, far], [7.3, 47.7, 7.4, 47.8])).toEqual([near]);
  });

  it('are found across the antimeridian, whichever side they are written on', () => {
    const west = pin({ lon: -179.99, lat: -16.8 });
    const east = pin({ id: 'b', lon: 179.99, lat: -16.8 });

    expect(pinsWithin([west, east], [179.9, -17, 180.1, -16])).toEqual([west, east]);
    expect(pinsWithin([west, east], [-180.1, -17, -179.9, -16])).toEqual([west, east]);
  });

  it('are all of them when the whole world is in view', () => {
    expect(pinsWithin([pin(), pin({ id: 'b', lon: -120 })], [-200, -85, 200, 85])).toHaveLength(2);
  });
});

describe('a crowd', () => {
  const DESK = 880 * 800;
  const PHONE = 390 * 350;

  it('begins above eighty pins and ends at sixty, so that it does not flicker in between', () => {
    expect(isCrowded(80, DESK, false)).toBe(false);
    expect(isCrowded(81, DESK, false)).toBe(true);
    expect(isCrowded(61, DESK, true)).toBe(true);
    expect(isCrowded(60, DESK, true)).toBe(false);
  });

  it('begins earlier on a phone, where a thumb needs room', () => {
    expect(isCrowded(48, PHONE, false)).toBe(false);
    expect(isCrowded(49, PHONE, false)).toBe(true);
  });

  it('is drawn in the order longitude, latitude, each pin with its look', () => {
    const [feature] = pinFeatures([pin()], () => 'coral').features;

    expect(feature).toMatchObject({
      properties: { id: 'a', look: 'coral' },
      geometry: { coordinates: [7.3359, 47.75395] },
    });
  });
});

describe('a stack', () => {
  it('says how many it holds, and which', () => {
    const name = stackName([pin(), pin({ id: 'b', title: 'Soupe' })], true);

    expect(said(name)).toBe('2 annonces : Tondre la pelouse, Soupe, non lu');
  });

  it('stands where the open listing is, else where the oldest is', () => {
    const pins = ['c', 'a', 'b'].map((id) => pin({ id }));

    expect(inOrder(pins, null).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(inOrder(pins, 'b').map(({ id }) => id)).toEqual(['b', 'a', 'c']);
  });

  it('stands in front of what lies further north', () => {
    expect(depthOf(47.7)).toBeGreaterThan(depthOf(47.71));
    expect(FRONT).toBeGreaterThan(depthOf(-90));
  });
});

describe('the ring of the five nearest', () => {
  it('reaches to the furthest of them', () => {
    expect(reachM(AVATAR, [pin(), pin({ lat: 47.7508 })])).toBeCloseTo(350.2, 0);
  });

  it('has no width when nobody is there', () => {
    expect(reachM(AVATAR, [])).toBe(0);
  });
});
