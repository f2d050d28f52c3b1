/** SHA-256 of the shipped advisory as it was found valid; `npm run schema` writes it. */
export const foundValid = '5969e6eee62a0f38b22c6691cc519f8ece53a84879e6ca54b91621279c6d18e9';
