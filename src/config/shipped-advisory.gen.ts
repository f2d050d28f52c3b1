/** SHA-256 of the shipped advisory when it was last validated; `npm run schema` writes this file. */
export const foundValid = '11f51a52fc3d4b82a9377b41ffb4a1e5fb68e3fb83a86f1ef9589a3bce7b9d3c';
