/** Of the sources in grammar/: evidence says by which grammars it was read. */
export const grammarVersion = '2eb1bb2f42d1';
