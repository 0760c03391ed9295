/**
 * The colours of the base map: warm paper by day, warm dusk by night, so calm that pins are what one sees.
 *
 * Only what carries meaning in a neighbourhood differs in hue: water, greenery, buildings, streets.
 */
import { DARK, LIGHT, type Flavor } from '@protomaps/basemaps';

export type Theme = 'light' | 'dark';

interface Tints {
  ground: string;
  green: string;
  wood: string;
  sand: string;
  quiet: string;
  water: string;
  building: string;
  street: string;
  main: string;
  casing: string;
  tunnel: string;
  rail: string;
  border: string;
  label: string;
  strong: string;
  halo: string;
  waterLabel: string;
}

const DAY: Tints = {
  ground: '#f5f1e9',
  green: '#dfe8cf',
  wood: '#d5e2c5',
  sand: '#f3e9cf',
  quiet: '#eee8dd',
  water: '#bfd9e0',
  building: '#e4dccf',
  street: '#ffffff',
  main: '#fdf3dc',
  casing: '#e3dacb',
  tunnel: '#ece5d9',
  rail: '#cfc5b6',
  border: '#b3a594',
  label: '#6f6558',
  strong: '#4a4238',
  halo: '#faf7f1',
  waterLabel: '#527f8c',
};

const NIGHT: Tints = {
  ground: '#211e1a',
  green: '#262b20',
  wood: '#242a1f',
  sand: '#2e2a20',
  quiet: '#262320',
  water: '#16282f',
  building: '#2d2925',
  street: '#3a3530',
  main: '#4a4238',
  casing: '#1b1916',
  tunnel: '#2b2723',
  rail: '#3d3731',
  border: '#6b6053',
  label: '#a59a8b',
  strong: '#cfc5b6',
  halo: '#1d1a17',
  waterLabel: '#6796a3',
};

/** The tints of a theme, also for the plain style. */
export const tints = (theme: Theme): Tints => (theme === 'dark' ? NIGHT : DAY);

/** Protomaps' flavour of a theme, in our colours. */
export function flavour(theme: Theme): Flavor {
  const tint = tints(theme);
  const base = theme === 'dark' ? DARK : LIGHT;
  return { ...base, ...ground(tint), ...streets(tint), ...labels(tint), landcover: landcover(tint) };
}

const ground = (t: Tints) => ({
  background: t.ground,
  earth: t.ground,
  park_a: t.green,
  park_b: t.green,
  wood_a: t.wood,
  wood_b: t.wood,
  scrub_a: t.green,
  scrub_b: t.green,
  zoo: t.green,
  glacier: t.halo,
  sand: t.sand,
  beach: t.sand,
  hospital: t.quiet,
  industrial: t.quiet,
  school: t.quiet,
  pedestrian: t.quiet,
  aerodrome: t.quiet,
  military: t.quiet,
  runway: t.street,
  water: t.water,
  pier: t.ground,
  buildings: t.building,
});

const streets = (t: Tints) => ({
  tunnel_other_casing: t.tunnel,
  tunnel_minor_casing: t.casing,
  tunnel_link_casing: t.casing,
  tunnel_major_casing: t.casing,
  tunnel_highway_casing: t.casing,
  tunnel_other: t.tunnel,
  tunnel_minor: t.tunnel,
  tunnel_link: t.tunnel,
  tunnel_major: t.tunnel,
  tunnel_highway: t.tunnel,
  minor_service_casing: t.casing,
  minor_casing: t.casing,
  link_casing: t.casing,
  major_casing_early: t.casing,
  major_casing_late: t.casing,
  highway_casing_early: t.casing,
  highway_casing_late: t.casing,
  other: t.quiet,
  minor_service: t.street,
  minor_a: t.street,
  minor_b: t.street,
  link: t.street,
  major: t.main,
  highway: t.main,
  bridges_other_casing: t.casing,
  bridges_minor_casing: t.casing,
  bridges_link_casing: t.casing,
  bridges_major_casing: t.casing,
  bridges_highway_casing: t.casing,
  bridges_other: t.quiet,
  bridges_minor: t.street,
  bridges_link: t.street,
  bridges_major: t.main,
  bridges_highway: t.main,
  railway: t.rail,
  boundaries: t.border,
});

const labels = (t: Tints) => ({
  roads_label_minor: t.label,
  roads_label_minor_halo: t.halo,
  roads_label_major: t.label,
  roads_label_major_halo: t.halo,
  ocean_label: t.waterLabel,
  subplace_label: t.label,
  subplace_label_halo: t.halo,
  city_label: t.strong,
  city_label_halo: t.halo,
  state_label: t.label,
  state_label_halo: t.halo,
  country_label: t.strong,
  address_label: t.label,
  address_label_halo: t.halo,
});

const landcover = (t: Tints) => ({
  barren: t.ground,
  farmland: t.ground,
  forest: t.wood,
  glacier: t.halo,
  grassland: t.green,
  scrub: t.green,
  urban_area: t.quiet,
});
