/** How high the bottom sheet of a phone stands: counts only, half, or all of the screen. */

export type SheetHeight = 'peek' | 'half' | 'full';
const ORDER: readonly SheetHeight[] = ['peek', 'half', 'full'];

class Sheet {
  height = $state<SheetHeight>('half');

  larger(): void {
    this.height = ORDER[Math.min(ORDER.indexOf(this.height) + 1, 2)] ?? 'full';
  }
  smaller(): void {
    this.height = ORDER[Math.max(ORDER.indexOf(this.height) - 1, 0)] ?? 'peek';
  }
}

export const sheet = new Sheet();
