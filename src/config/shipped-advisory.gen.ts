/** SHA-256 of the shipped advisory when it was last validated; `npm run schema` writes this file. */
export const foundValid = '4c4abb92bf57cdb5d7a7276eb6926b5eda0c849de90708326efba5638b2bc3a2';
