/** tr46 comes without types: these are the two parts used here. */
declare module "tr46" {
  interface Uts46Options {
    readonly checkBidi?: boolean;
    readonly checkHyphens?: boolean;
    readonly checkJoiners?: boolean;
    readonly useSTD3ASCIIRules?: boolean;
    readonly verifyDNSLength?: boolean;
    readonly transitionalProcessing?: boolean;
  }
  /** Null: the domain name breaks a rule. */
  export function toASCII(domain: string, options?: Uts46Options): string | null;
  export function toUnicode(
    domain: string,
    options?: Uts46Options,
  ): { readonly domain: string; readonly error: boolean };
}

declare module "tr46/lib/regexes.js" {
  /** Canonical combining class Virama. */
  export const combiningClassVirama: RegExp;
  /** RFC 5892 A.1: a ZERO WIDTH NON-JOINER between letters that join. */
  export const validZWNJ: RegExp;
  /** A code point of bidirectional class R, AL or AN. */
  export const bidiDomain: RegExp;
  /** RFC 5893 §2: first code point R or AL; only allowed classes; a good end; European numbers; Arabic numbers. */
  export const bidiS1RTL: RegExp;
  export const bidiS2: RegExp;
  export const bidiS3: RegExp;
  export const bidiS4EN: RegExp;
  export const bidiS4AN: RegExp;
}
