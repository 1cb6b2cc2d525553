/** What looks like a slash: the full-width one, those of other scripts and of mathematics, and its mirror image. */
const slashes = /^[/／⁄∕╱⧸⫽\\＼∖⧵﹨]+/u

/** Letters of other scripts that look like Latin ones, as a keyboard that was not switched over types them. */
const lookAlikes: Readonly<Record<string, string>> = {
  а: 'a', с: 'c', ԁ: 'd', е: 'e', ё: 'e', һ: 'h', і: 'i', ї: 'i', ј: 'j', к: 'k', м: 'm', н: 'h', о: 'o', р: 'p', ѕ: 's', т: 't', у: 'y', х: 'x', ԝ: 'w', ѡ: 'w',
  α: 'a', ε: 'e', ι: 'i', κ: 'k', ν: 'v', ο: 'o', ρ: 'p', τ: 't', υ: 'y', χ: 'x', ω: 'w',
}

/** Nothing that is to be seen: joiners, marks of direction, variation selectors, and accents that were put on a letter. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{M}]/gu

/**
 * Whether a message that is no command was meant as one: it begins with what looks like a slash, or is nothing but a command's
 * name. Such a message is never carried out, for nobody knows what was meant; its sender is told, if the Vault knows them.
 */
export function looksLikeCommand(text: string, names: readonly string[]): boolean {
  const shown = text.slice(0, 500).replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, '').trim().replace(/^@\w{1,64}[\s,:]+/u, '')
  if (slashes.test(shown)) return true
  return names.map(folded).includes(folded(shown))
}

/** Letters alone, as they look: `Get-Keys!` and `gеt_kеys` become `getkeys`. */
function folded(text: string): string {
  const plain = text.normalize('NFKD').replace(unseen, '').toLowerCase()
  return [...plain].map((letter) => lookAlikes[letter] ?? letter).join('').replace(/@\w+$/u, '').replace(/[^\p{L}\p{N}]/gu, '')
}
