/** Where the files of a photo lie: `/photos/{name}-{width}.{format}`, in every width the photo was made in. */
import type { Photo } from '../protocol';

export type Format = 'avif' | 'webp';

/** Every photo has a file of this width. */
export const SMALL = 320;

/** The address of one file. */
export function fileOf(name: string, width: number, format: Format = 'webp'): string {
  return `/photos/${name}-${width}.${format}`;
}

/** The addresses of all widths of `photo`, for a browser to choose among. */
export function srcset({ name, widths }: Pick<Photo, 'name' | 'widths'>, format: Format): string {
  return widths.map((width) => `${fileOf(name, width, format)} ${width}w`).join(', ');
}
