/**
 * The cell of about 300 m that is all the server keeps of a home or of an approximate place.
 *
 * The grid is the one of `geo/privacy.py`. The page sends the middle of the cell, so that the exact place
 * never leaves this device; the server finds the same cell in it and draws the same point. An address that
 * is handed on (a feed's, a map's in a frame) names the cell, "row-column", and so never where an avatar is.
 */
import { EARTH_RADIUS_M, type Place } from '../protocol';

const CELL_M = 300;
const ROWS = Math.round((Math.PI * EARTH_RADIUS_M) / CELL_M);
const ROW_DEG = 180 / ROWS;

interface Cell {
  row: number;
  column: number;
}

/** The middle of the cell that holds `place`. */
export const cellMiddle = (place: Place): Place => middle(cellOf(place));

/** The name of the cell that holds `place`. */
export function cellName(place: Place): string {
  const { row, column } = cellOf(place);
  return `${row}-${column}`;
}

/** The middle of the cell called `name`; null if there is no such cell. */
export function cellNamed(name: string): Place | null {
  const [, row, column] = name.match(/^(0|[1-9]\d{0,5})-(0|[1-9]\d{0,5})$/) ?? [];
  if (row === undefined || column === undefined) return null;
  const cell = { row: Number(row), column: Number(column) };
  return cell.row < ROWS && cell.column < columns(cell.row) ? middle(cell) : null;
}

function cellOf(place: Place): Cell {
  const row = Math.min(Math.floor((place.lat + 90) / ROW_DEG), ROWS - 1);
  const all = columns(row);
  return { row, column: Math.min(Math.floor(((place.lon + 180) / 360) * all), all - 1) };
}

function middle({ row, column }: Cell): Place {
  return { lon: ((column + 0.5) * 360) / columns(row) - 180, lat: (row + 0.5) * ROW_DEG - 90 };
}

/** Each row has as many columns as make its cells about as wide as high. */
function columns(row: number): number {
  const lat = (row + 0.5) * ROW_DEG - 90;
  const around_m = 2 * Math.PI * EARTH_RADIUS_M * Math.cos((lat * Math.PI) / 180);
  return Math.max(1, Math.round(around_m / CELL_M));
}
