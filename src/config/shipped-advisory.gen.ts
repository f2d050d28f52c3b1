/** SHA-256 of the shipped advisory when it was last validated; `npm run schema` writes this file. */
export const foundValid = '54f97e352b68878be5a68644c972556b3295c615d600c0d60edbc2207cfd282f';
