/** Of the sources in grammar/: evidence says by which grammars it was read. */
export const grammarVersion = '1ceea7bfc1f9';
