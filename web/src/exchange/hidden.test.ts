import { beforeEach, describe, expect, test } from 'vitest';
import type { Exchange } from '../protocol';
import { HiddenExchanges } from './hidden.svelte';

const exchange = (id: string, state: Exchange['state'] = 'done', version = 3): Exchange =>
  ({ id, listing: `under-${id}`, state, version, shared: false }) as Exchange;

let answers: Exchange[][];
let asked: string[];

function open(): HiddenExchanges {
  const get = (path: string) => {
    asked.push(path);
    const exchanges = answers.shift();
    return exchanges ? Promise.resolve({ exchanges }) : Promise.reject(new Error('offline'));
  };
  return new HiddenExchanges({ on: () => () => undefined } as never, { get } as never, () => 0);
}

beforeEach(() => {
  [answers, asked] = [[], []];
});

describe('what one agreed under hidden listings', () => {
  test('is found by its listing, as the steps of a dialog take it', async () => {
    answers = [[exchange('a'), exchange('b')]];
    const hidden = open();
    const steps = hidden.under('under-b', () => undefined);
    expect([steps.known, steps.underWay]).toEqual([false, null]);

    await steps.fetch();

    expect(asked).toEqual(['/api/me/hidden-exchanges']);
    expect([steps.known, steps.underWay?.id]).toEqual([true, 'b']);
    expect(hidden.under('under-c', () => undefined).underWay).toBeNull();
  });

  test('stands after a step as the answer said, and is asked for anew', async () => {
    answers = [[exchange('a'), exchange('b')]];
    const hidden = open();
    const over: Exchange[] = [];
    const steps = hidden.under('under-a', (one) => over.push(one));
    await steps.fetch();

    steps.take(exchange('a', 'disputed', 4));

    expect(asked).toHaveLength(2);
    expect(steps.underWay?.state).toBe('disputed');
    expect(hidden.of('under-b')?.version).toBe(3);
    expect(over).toEqual([]);
  });

  test('does not go back to what it was before', async () => {
    answers = [[exchange('a', 'disputed', 4)]];
    const steps = open().under('under-a', () => undefined);
    await steps.fetch();

    steps.take(exchange('a', 'done', 3));

    expect(steps.underWay?.state).toBe('disputed');
  });

  test('is gone at once when it is over, which is told', async () => {
    answers = [[exchange('a')]];
    const over: string[] = [];
    const steps = open().under('under-a', ({ state }) => over.push(state));
    await steps.fetch();

    steps.take(exchange('a', 'confirmed', 4));

    expect(steps.underWay).toBeNull();
    expect(over).toEqual(['confirmed']);
  });
});
