// Elements without markup strings: text stays text, so that no name can become a script.

const SVG = "http://www.w3.org/2000/svg";

/** The element with this id. */
export const at = (id) => document.getElementById(id);

/** h("button.btn.big", { onclick }, "Simpan", icon): an empty class is none, objects are attributes, null and false are nothing. */
export function h(spec, ...parts) {
  const [tag, ...classes] = spec.split(".").filter(Boolean);
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  if (tag === "button") element.type = "button";
  for (const part of parts.flat(3)) {
    if (part?.constructor === Object) set(element, part);
    else if (part || part === 0) element.append(part);
  }
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
}

/** A drawing of icons.svg. */
export function icon(name, small = false) {
  const make = (tag, attributes) => {
    const element = document.createElementNS(SVG, tag);
    set(element, attributes);
    return element;
  };
  const svg = make("svg", { class: small ? "i i-s" : "i", "aria-hidden": "true", focusable: "false" });
  svg.append(make("use", { href: `${document.body.dataset.icons}#${name}` }));
  return svg;
}
