/** SHA-256 of the shipped advisory when it was last validated; `npm run schema` writes this file. */
export const foundValid = '5969e6eee62a0f38b22c6691cc519f8ece53a84879e6ca54b91621279c6d18e9';
