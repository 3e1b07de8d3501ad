// Notes that name a colleague: @小青 or @qing.

/** Whether one of these names follows an @ in the text, and is not only the beginning of a longer one in letters. */
export function mentions(text: string, names: string[]): boolean {
  return names.some((name) => name !== "" && text.split(`@${name}`).slice(1).some((rest) => !/^[A-Za-z0-9_-]/.test(rest) || /[^\x20-\x7e]$/.test(name)));
}
