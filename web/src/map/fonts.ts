/**
 * The fonts of the map's labels, without a glyph server: files of our own build, fetched when first drawn.
 *
 * Each file says which characters it holds; without that the first one would claim them all. Scripts that
 * none holds are drawn with the fonts of the reader's system.
 */
import cyrillic from '@fontsource/noto-sans/files/noto-sans-cyrillic-400-normal.woff2?url';
import cyrillicItalic from '@fontsource/noto-sans/files/noto-sans-cyrillic-400-italic.woff2?url';
import cyrillicMedium from '@fontsource/noto-sans/files/noto-sans-cyrillic-500-normal.woff2?url';
import greek from '@fontsource/noto-sans/files/noto-sans-greek-400-normal.woff2?url';
import greekItalic from '@fontsource/noto-sans/files/noto-sans-greek-400-italic.woff2?url';
import greekMedium from '@fontsource/noto-sans/files/noto-sans-greek-500-normal.woff2?url';
import latin from '@fontsource/noto-sans/files/noto-sans-latin-400-normal.woff2?url';
import latinItalic from '@fontsource/noto-sans/files/noto-sans-latin-400-italic.woff2?url';
import latinMedium from '@fontsource/noto-sans/files/noto-sans-latin-500-normal.woff2?url';
import latinExt from '@fontsource/noto-sans/files/noto-sans-latin-ext-400-normal.woff2?url';
import latinExtItalic from '@fontsource/noto-sans/files/noto-sans-latin-ext-400-italic.woff2?url';
import latinExtMedium from '@fontsource/noto-sans/files/noto-sans-latin-ext-500-normal.woff2?url';
import ranges from '@fontsource/noto-sans/unicode.json';
import type { FontFacesSpecification } from 'maplibre-gl';

type Subset = 'latin' | 'latin-ext' | 'greek' | 'cyrillic';

// A character in two files is drawn from the first: Latin, which has most of them.
const face = (files: Record<Subset, string>) =>
  Object.entries(files).map(([subset, url]) => ({
    url,
    'unicode-range': ranges[subset as Subset].split(','),
  }));

/** Named exactly as the `text-font` of the style's layers. */
export const fontFaces: FontFacesSpecification = {
  'Noto Sans Regular': face({ latin, 'latin-ext': latinExt, greek, cyrillic }),
  'Noto Sans Italic': face({
    latin: latinItalic,
    'latin-ext': latinExtItalic,
    greek: greekItalic,
    cyrillic: cyrillicItalic,
  }),
  'Noto Sans Medium': face({
    latin: latinMedium,
    'latin-ext': latinExtMedium,
    greek: greekMedium,
    cyrillic: cyrillicMedium,
  }),
};
