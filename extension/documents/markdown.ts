// Text that Markdown shows as it is: names and details come from images, registries and the machine. Pure.

/** Text that Markdown leaves alone, but for what stands between backticks. */
export function plain(text: string): string {
  const parts = text.split(/(`[^`\n]+`)/);
  return parts
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[\\`*_{}[\]<>#|!]/g, '\\$&')))
    .join('')
    .replace(/\s*\n\s*/g, ' ');
}

/** A block as it is to be typed; the fence is longer than any inside. */
export function code(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
