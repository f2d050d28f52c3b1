/** Who ends what was started: a test, or the soak. */
export type Owner = { teardown(end: () => unknown): void };

/** An owner that is no test. */
export function owner(): Owner & { end(): Promise<void> } {
  const ends: (() => unknown)[] = [];
  return {
    teardown: (end) => void ends.push(end),
    end: async () => {
      for (const end of ends.splice(0).reverse()) await end();
    },
  };
}
