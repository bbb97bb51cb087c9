/** Small XML answers. */

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export type XmlContent = string | number | boolean | readonly XmlElement[];
/** Where the content is `undefined`, there is no element. */
export type XmlElement = readonly [name: string, content: XmlContent | undefined];

export function renderXml(name: string, content: readonly XmlElement[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${renderElement([name, content])}`;
}

function renderElement([name, content]: XmlElement): string {
  if (content === undefined) return '';
  const inner = Array.isArray(content)
    ? content.map((element: XmlElement) => renderElement(element)).join('')
    : // Control characters, which XML 1.0 does not know, cannot be escaped either.

      String(content)
        .replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char)
        .replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '\uFFFD');
  return `<${name}>${inner}</${name}>`;
}
