/** Hash of the sources in grammar/. Evidence stores the version of the grammars that read its line. */
export const grammarVersion = '23c441aee915';
