// Finds the faults of a page for people who cannot see or point well, as far as a program can; see access.py.
() => {
  const faults = [];
  const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d", {willReadFrequently: true});
  const read = (text) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const colours = new Map();
  const colour = (text) => { if (!colours.has(text)) colours.set(text, read(text)); return colours.get(text); };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const shown = (el) => {
    const box = el.getBoundingClientRect(), style = getComputedStyle(el);
    return box.width > 1 && box.height > 1 && style.visibility === "visible" && el.checkVisibility({opacityProperty: true});
  };
  const where = (el) => `<${el.tagName.toLowerCase()}${el.id ? "#" + el.id : ""}${el.className && typeof el.className === "string" ? "." + el.className.trim().split(/\s+/).join(".") : ""}> ${(el.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40)}`;
  const words = (el) => {
    let text = "";
    for (const node of el.childNodes) {
      if (node.nodeType === 3) text += node.data;
      else if (node.nodeType === 1 && node.getAttribute("aria-hidden") !== "true")
        text += node.getAttribute("aria-label") || (node.tagName === "IMG" ? node.alt : node.tagName === "svg" ? (node.querySelector("title") || {textContent: ""}).textContent : words(node));
    }
    return text.trim();
  };
  const name = (el) => el.getAttribute("aria-label")
    || (el.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean).map((id) => (document.getElementById(id) || {textContent: ""}).textContent).join(" ").trim()
    || [...(el.labels || [])].map(words).join(" ").trim() || words(el) || el.title || (/^(submit|button|reset)$/.test(el.type) && el.value) || "";

  const ids = new Map();
  for (const el of document.querySelectorAll("[id]")) ids.set(el.id, (ids.get(el.id) || 0) + 1);
  for (const [id, count] of ids) if (count > 1) faults.push(`id "${id}" stands ${count} times`);
  for (const el of document.querySelectorAll("[aria-describedby], [aria-controls], label[for]"))
    for (const attribute of ["aria-describedby", "aria-controls", "for"])
      for (const id of (el.getAttribute(attribute) || "").split(/\s+/).filter(Boolean))
        if (!document.getElementById(id)) faults.push(`${attribute} names ${id}, which is not there: ${where(el)}`);
  for (const el of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!shown(el)) continue;
    if (!name(el)) faults.push(`no name: ${where(el)}`);
    if (el.tabIndex > 0) faults.push(`own place in the order of focus: ${where(el)}`);
    const target = el.closest("label") || el, box = target.getBoundingClientRect();
    const inText = el.tagName === "A" && getComputedStyle(el).display === "inline";
    if (!inText && Math.min(box.width, box.height) < 24) faults.push(`too small to touch (${Math.round(box.width)} by ${Math.round(box.height)}): ${where(el)}`);
  }
  for (const el of document.querySelectorAll("img:not([alt])")) faults.push(`picture without words: ${where(el)}`);
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(shown);
  if (headings.filter((el) => el.tagName === "H1").length !== 1) faults.push("not exactly one h1");
  headings.reduce((before, el) => {
    const level = Number(el.tagName[1]);
    if (level > before + 1) faults.push(`heading leaves a level out: ${where(el)}`);
    return level;
  }, 0);
  if (document.querySelectorAll("main").length !== 1) faults.push("not exactly one main");

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const el = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || seen.has(el) || !shown(el) || el.closest(":disabled, [aria-disabled=true], svg, option")) continue;
    seen.add(el);
    const style = getComputedStyle(el), layers = [];
    let picture = false;
    for (let up = el; up; up = up.parentElement) {
      const own = getComputedStyle(up);
      if (own.backgroundImage !== "none") { picture = true; break; }
      layers.push(colour(own.backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    if (picture) continue;
    const ground = layers.reduceRight((under, top) => over(top, under), [255, 255, 255, 1]);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const found = ratio(over(colour(style.color), ground), ground);
    if (found < (large ? 3 : 4.5)) faults.push(`contrast ${found.toFixed(2)}: ${where(el)}`);
  }
  return [...new Set(faults)];
}
