type Child = Node | string | false | undefined;
type Attributes = Readonly<
  Record<string, string | number | boolean | undefined | ((event: Event) => unknown)>
>;

function applyAttributes<E extends Element>(
  element: E,
  attributes: Attributes,
  children: readonly Child[],
): E {
  for (const [name, value] of Object.entries(attributes))
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** Creates an HTML element. A function attribute becomes an event listener. Strings become text, never markup. */
export const createElement = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
) => applyAttributes(document.createElement(tag), attributes, children);

/** Creates an SVG element. */
export const createSvgElement = <Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
) => applyAttributes(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

export function getPanel(id: string): HTMLElement {
  const panel = document.getElementById(id);
  if (!panel) throw new Error(`The page has no element with the id ${id}`);
  return panel;
}
