/** Pins that the GPU draws because they are many: clicking and pointing at them. */
import { GeoJSONSource, type MapLayerMouseEvent } from 'maplibre-gl';
import type { Camera } from './camera.svelte';
import { CLUSTERS, CROWD, SINGLES } from './overlay';
import { goTo, READER } from './travel';

interface Told {
  open(id: string): void;
  highlight(id: string | null): void;
}

/** Tell which pin was clicked or is pointed at; a click on a cluster goes near enough to split it. */
export function listenToCrowd(camera: Camera, told: Told): void {
  const { map } = camera;
  let pointed: string | null = null;
  const point = (id: string | null): void => {
    map.getCanvas().style.cursor = id === null ? '' : 'pointer';
    if (id !== pointed) told.highlight((pointed = id));
  };
  map.on('click', SINGLES, (event) => {
    const id = idOf(event);
    if (id) told.open(id);
  });
  map.on('mousemove', SINGLES, (event) => point(idOf(event)));
  map.on('mouseleave', SINGLES, () => point(null));
  map.on('mouseenter', CLUSTERS, () => (map.getCanvas().style.cursor = 'pointer'));
  map.on('mouseleave', CLUSTERS, () => (map.getCanvas().style.cursor = ''));
  map.on('click', CLUSTERS, (event) => void split(camera, event));
}

function idOf({ features }: MapLayerMouseEvent): string | null {
  const id: unknown = features?.[0]?.properties.id;
  return typeof id === 'string' ? id : null;
}

async function split(camera: Camera, { features, lngLat }: MapLayerMouseEvent): Promise<void> {
  const source = camera.map.getSource(CROWD);
  const cluster: unknown = features?.[0]?.properties.cluster_id;
  if (!(source instanceof GeoJSONSource) || typeof cluster !== 'number') return;
  const zoom = await source.getClusterExpansionZoom(cluster);
  goTo(camera, { lon: lngLat.lng, lat: lngLat.lat, zoom: Math.min(zoom, camera.map.getMaxZoom()) }, READER);
}
