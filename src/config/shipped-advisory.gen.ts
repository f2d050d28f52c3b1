/** SHA-256 of the shipped advisory as it was found valid; `npm run schema` writes it. */
export const foundValid = '9c91b4b4aafe8e0242296a4870cdd1b305b5fe37dc9da21db3c37fc4b350694f';
