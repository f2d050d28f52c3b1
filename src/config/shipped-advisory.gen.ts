/** SHA-256 of the shipped advisory when it was last validated; `npm run schema` writes this file. */
export const foundValid = '69235392e7bd6ac14a9806326b4c23d01c31282061fc10d8128a385f241a90c7';
