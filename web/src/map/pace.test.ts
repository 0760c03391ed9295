import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { paced } from './pace';

describe('a paced act', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is done at once when it was not asked for lately', () => {
    const done: number[] = [];

    paced(500, (wish: number) => done.push(wish))(1);

    expect(done).toEqual([1]);
  });

  it('is done once more, with the last wish, after a flood', () => {
    const done: number[] = [];
    const ask = paced(500, (wish: number) => done.push(wish));

    for (let wish = 1; wish <= 50; wish++) {
      ask(wish);
      vi.advanceTimersByTime(5);
    }
    vi.advanceTimersByTime(500);

    expect(done).toEqual([1, 50]);
  });

  it('is done in a steady flood too, every pause', () => {
    const done: number[] = [];
    const ask = paced(100, (wish: number) => done.push(wish));

    for (let wish = 0; wish < 100; wish++) {
      ask(wish);
      vi.advanceTimersByTime(10);
    }

    // At 0, 100, … 1,000 ms.
    expect(done).toHaveLength(11);
  });

  it('is not done any more once cancelled', () => {
    const done: number[] = [];
    const ask = paced(100, (wish: number) => done.push(wish));

    ask(1);
    ask(2);
    ask.cancel();
    vi.advanceTimersByTime(1000);

    expect(done).toEqual([1]);
  });
});
