/** The package has no types of its own. */
declare module 'amaro' {
  export function transformSync(code: string, options: { readonly mode: 'strip-only' }): { readonly code: string };
}
