// Pages beside their text: what is under the pointer on one side is marked on the other.
"use strict";
(() => {
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll(".row")];
  const SVG = "http://www.w3.org/2000/svg";
  const built = new WeakMap(); // row -> { elements, rects }, in the order of the text
  let current = rows[0];
  let pinned = null; // { row, index } of what was clicked

  // Drawing: a page's picture and boxes are made when it comes near.

  const bbox = (element) => element.dataset.bbox.split(" ").map(Number);

  // `rim`: around the box rather than on its edge, where the line would cover ink.
  function rectangle([x0, y0, x1, y1], name, rim = 0) {
    const rect = document.createElementNS(SVG, "rect");
    const values = { x: x0 - rim, y: y0 - rim, width: x1 - x0 + 2 * rim, height: y1 - y0 + 2 * rim,
      class: name };
    for (const [key, value] of Object.entries(values)) rect.setAttribute(key, value);
    return rect;
  }

  function blocksOf(row) {
    return [...row.querySelectorAll(".text section > :not(.note)")];
  }

  function build(row) {
    if (built.has(row)) return built.get(row);
    const kinds = row.dataset.kinds.split(" ");
    const blocks = new Map(blocksOf(row).map((element, index) => [element, index]));
    const elements = [...row.querySelectorAll(".text section [data-bbox]")];
    const svg = row.querySelector(".paper svg");
    const rim = svg.viewBox.baseVal.width / 500;
    const rects = elements.map((element, index) => {
      let block = element;
      while (block.parentElement.localName !== "section") block = block.parentElement;
      const name = blocks.has(block) ? `k-${kinds[blocks.get(block)]}` : "note";
      const rect = block === element ? rectangle(bbox(element), name, rim)
        : rectangle(bbox(element), `part ${name}`);
      rect.dataset.index = index;
      return rect;
    });
    // Small boxes above large ones, so that each can be pointed at.
    const area = (rect) => rect.getAttribute("width") * rect.getAttribute("height");
    svg.append(...[...rects].sort((a, b) => area(b) - area(a)));
    for (const doubt of JSON.parse(row.dataset.doubts || "[]")) {
      svg.append(rectangle(doubt, "doubt"));
    }
    underline(row);
    const made = { elements, rects, blocks };
    built.set(row, made);
    return made;
  }

  // Doubtful words in the text, each by how many letters of its block stand before it.
  function underline(row) {
    if (!window.Highlight) return;
    if (!CSS.highlights.has("doubt")) CSS.highlights.set("doubt", new Highlight());
    const known = new Map();
    for (const [, , , , block, word, before] of JSON.parse(row.dataset.doubts || "[]")) {
      const element = blocksOf(row)[block];
      if (!element) continue;
      if (!known.has(element)) known.set(element, lettersOf(element));
      const { text, places } = known.get(element);
      // Formulas have letters in the text and no words; they are few.
      const at = text.startsWith(word, before) ? before : text.indexOf(word, Math.max(0, before - 40));
      if (at < 0) continue;
      const [startContainer, startOffset] = places[at];
      const [endContainer, last] = places[at + word.length - 1];
      CSS.highlights.get("doubt").add(
        new StaticRange({ startContainer, startOffset, endContainer, endOffset: last + 1 }));
    }
  }

  // What is not a blank in the text of an element, with its text nodes and offsets.
  function lettersOf(element) {
    const places = [];
    let text = "";
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (let at = 0; at < node.data.length; at++) {
        if (/\s/.test(node.data[at])) continue;
        text += node.data[at];
        places.push([node, at]);
      }
    }
    return { text, places };
  }

  function show(row) {
    const picture = row.querySelector("img");
    if (!picture || picture.src) return build(row);
    const held = find(`picture-${row.dataset.page}`);
    // Pictures stand at the end of the file, so one may not have been read yet.
    const source = picture.dataset.src || (held && held.value);
    if (source) picture.src = source;
    return build(row);
  }

  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) show(entry.target);
  }, { rootMargin: "120% 0px" });
  rows.forEach((row) => near.observe(row));
  document.addEventListener("DOMContentLoaded", () => {
    for (const row of rows) if (built.has(row)) show(row);
  });

  const maps = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      maps.unobserve(target);
      drawMap(target);
    }
  }, { root: document.querySelector(".scroll"), rootMargin: "200px 0px" });

  function drawMap(svg) {
    const row = find(`p${svg.dataset.page}`);
    const kinds = row.dataset.kinds.split(" ");
    svg.append(...blocksOf(row).map((block, index) => rectangle(bbox(block), `k-${kinds[index]}`)));
  }
  document.querySelectorAll(".pages svg").forEach((svg) => maps.observe(svg));

  // Marking.

  function mark(row, index, on) {
    const { elements, rects } = build(row);
    elements[index].classList.toggle("on", on);
    rects[index].classList.toggle("on", on);
    if (on) label(row, index);
    else row.querySelector(".tag")?.remove();
  }

  function describe(row, index) {
    const { elements, blocks } = build(row);
    const element = elements[index];
    if (element.matches(".note")) return element.dataset.code;
    if (!blocks.has(element)) return element.closest("li") ? "list item" : "cell";
    const number = blocks.get(element);
    const sure = element.dataset.confidence;
    const level = /^H[1-6]$/.test(element.tagName) && !element.matches(".title")
      ? ` ${element.tagName[1]}` : "";
    return `${number + 1} ${row.dataset.kinds.split(" ")[number]}${level}`
      + (sure ? ` · ${Math.round(sure * 100)} %` : "");
  }

  function label(row, index) {
    row.querySelector(".tag")?.remove();
    const paper = row.querySelector(".paper");
    const tag = document.createElement("div");
    tag.className = "tag";
    tag.textContent = describe(row, index);
    const [x0, y0] = bbox(build(row).elements[index]);
    const { width, height } = row.querySelector(".paper svg").viewBox.baseVal;
    paper.append(tag);
    const left = Math.min((x0 / width) * paper.clientWidth, paper.clientWidth - tag.offsetWidth);
    tag.style.left = `${Math.max(0, left)}px`;
    tag.style.top = `${Math.max(tag.offsetHeight, (y0 / height) * paper.clientHeight - 2)}px`;
  }

  let hovered = null;
  function hover(place) {
    const same = place && hovered && place.row === hovered.row && place.index === hovered.index;
    if (same) return;
    if (hovered && !isPinned(hovered)) mark(hovered.row, hovered.index, false);
    hovered = place;
    if (place) mark(place.row, place.index, true);
    else if (pinned) label(pinned.row, pinned.index);
  }
  const isPinned = (place) =>
    pinned && pinned.row === place.row && pinned.index === place.index;

  function placeOf(target) {
    const row = target.closest?.(".row");
    if (!row) return null;
    if (target.matches("rect[data-index]")) return { row, index: Number(target.dataset.index) };
    const element = target.closest(".text [data-bbox]");
    const index = element ? build(row).elements.indexOf(element) : -1;
    return index < 0 ? null : { row, index };
  }

  function pin(place, { scroll = "both", quiet = false } = {}) {
    if (pinned) {
      mark(pinned.row, pinned.index, false);
      build(pinned.row).elements[pinned.index].classList.remove("pin");
    }
    pinned = place;
    if (place) {
      show(place.row);
      mark(place.row, place.index, true);
      const element = build(place.row).elements[place.index];
      element.classList.add("pin");
      if (scroll !== "picture") element.scrollIntoView({ block: "nearest" });
      if (scroll !== "text") reveal(place);
      if (!quiet) history.replaceState(null, "", `#${anchorOf(place)}`);
    } else if (!quiet) {
      history.replaceState(null, "", location.pathname + location.search);
    }
    markCheck();
    document.dispatchEvent(new CustomEvent("docparse:pin", { detail: place && detailOf(place) }));
  }

  function detailOf({ row, index }) {
    const { elements, blocks } = build(row);
    return { row, page: Number(row.dataset.page), element: elements[index],
      block: blocks.get(elements[index]) };
  }

  // The picture may be larger than its frame.
  function reveal({ row, index }) {
    const sheet = row.querySelector(".sheet");
    const box = build(row).rects[index].getBoundingClientRect();
    const frame = sheet.getBoundingClientRect();
    if (box.top < frame.top || box.bottom > frame.bottom)
      sheet.scrollTop += box.top - frame.top - Math.max(20, (frame.height - box.height) / 2);
    if (box.left < frame.left || box.right > frame.right)
      sheet.scrollLeft += box.left - frame.left - Math.max(20, (frame.width - box.width) / 2);
    const seen = sheet.getBoundingClientRect();
    if (seen.bottom < 80 || seen.top > innerHeight - 80) sheet.scrollIntoView({ block: "nearest" });
  }

  function anchorOf({ row, index }) {
    const { elements, blocks } = build(row);
    const element = elements[index];
    if (element.matches(".note")) {
      const notes = [...row.querySelectorAll(".text section > .note")];
      return `p${row.dataset.page}n${notes.indexOf(element) + 1}`;
    }
    let block = element;
    while (!blocks.has(block)) block = block.parentElement;
    return `p${row.dataset.page}b${blocks.get(block) + 1}`;
  }

  function follow(hash) {
    const match = /^#p(\d+)([bn])(\d+)$/.exec(hash);
    const row = match && find(`p${match[1]}`);
    if (!row) return;
    const all = match[2] === "b" ? blocksOf(row) : row.querySelectorAll(".text section > .note");
    const element = all[match[3] - 1];
    const index = build(row).elements.indexOf(element);
    row.scrollIntoView();
    if (index < 0) element?.scrollIntoView({ block: "nearest" });
    else pin({ row, index }, { quiet: true });
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch") hover(placeOf(event.target));
  });
  document.addEventListener("click", (event) => {
    const place = placeOf(event.target);
    if (!place || event.target.closest("a")) return;
    if (String(getSelection())) return; // text is being copied
    const onPicture = event.target.localName === "rect";
    pin(isPinned(place) && onPicture ? null : place, { scroll: onPicture ? "text" : "picture" });
  });
  addEventListener("hashchange", () => follow(location.hash));

  // Moving about.

  const middle = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) enter(entry.target);
  }, { rootMargin: "-40% 0px -60% 0px" });
  rows.forEach((row) => middle.observe(row));

  function enter(row) {
    current = row;
    find("page").value = row.dataset.page;
    document.querySelector(".pages [aria-current]")?.removeAttribute("aria-current");
    const link = document.querySelector(`.pages a[href="#p${row.dataset.page}"]`);
    link?.setAttribute("aria-current", "page");
    const list = document.querySelector(".scroll");
    if (link && link.offsetParent) {
      const { top, bottom } = link.getBoundingClientRect();
      const frame = list.getBoundingClientRect();
      if (top < frame.top || bottom > frame.bottom) list.scrollTop += top - frame.top - 60;
    }
  }

  function step(by) {
    const next = rows[rows.indexOf(current) + by];
    next?.scrollIntoView();
  }

  function stepBlock(by) {
    let { row, index } = pinned ?? { row: current, index: by > 0 ? -1 : 0 };
    const top = (place) => build(place.row).blocks.has(build(place.row).elements[place.index]);
    for (;;) {
      index += by;
      if (index < 0 || index >= build(row).elements.length) {
        row = rows[rows.indexOf(row) + by];
        if (!row) return;
        index = by > 0 ? -1 : build(row).elements.length;
      } else if (top({ row, index })) {
        break;
      }
    }
    pin({ row, index });
  }

  const checks = [...document.querySelectorAll(".checks a")];
  function stepCheck(by) {
    const at = checks.findIndex((link) => link.classList.contains("on"));
    const link = checks[at < 0 ? (by > 0 ? 0 : checks.length - 1) : at + by];
    if (!link) return;
    location.hash = link.hash;
    follow(link.hash);
    link.scrollIntoView({ block: "nearest" });
  }
  function markCheck() {
    for (const link of checks) link.classList.toggle("on", link.hash === location.hash);
  }
  checks.forEach((link) => link.addEventListener("click", () => setTimeout(markCheck)));

  find("page").addEventListener("change", (event) => {
    const number = Number(event.target.value);
    const row = rows.find((one) => Number(one.dataset.page) >= number) ?? rows.at(-1);
    row.scrollIntoView();
    event.target.value = row.dataset.page;
  });

  // Looks.

  let zoom = 1;
  function setZoom(value) {
    zoom = Math.min(8, Math.max(0.25, value));
    root.style.setProperty("--zoom", zoom);
    find("zoom").textContent = `${Math.round(zoom * 100)} %`;
    if (pinned) { label(pinned.row, pinned.index); reveal(pinned); }
  }

  function setTheme(name) {
    root.dataset.theme = name;
    find("theme").setAttribute("aria-pressed", name === "dark");
  }
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  setTheme(isDark.matches ? "dark" : "light");
  isDark.addEventListener("change", (event) => setTheme(event.matches ? "dark" : "light"));

  function toggleSide() {
    const isWide = document.querySelector(".body").classList.toggle("wide");
    find("side").setAttribute("aria-pressed", !isWide);
  }
  if (innerWidth < 1120) toggleSide();

  function toggleBoxes() {
    find("boxes").setAttribute("aria-pressed", !document.body.classList.toggle("bare"));
  }

  for (const tab of document.querySelectorAll(".tabs button")) {
    tab.addEventListener("click", () => {
      for (const other of document.querySelectorAll(".tabs button")) {
        other.setAttribute("aria-selected", other === tab);
        find(other.getAttribute("aria-controls")).hidden = other !== tab;
      }
    });
  }

  for (const input of document.querySelectorAll(".kinds input")) {
    input.addEventListener("change", () => {
      document.body.classList.toggle(`hide-${input.value}`, !input.checked);
    });
  }

  function preparePrint() { rows.forEach(show); }
  addEventListener("beforeprint", preparePrint);
  async function printAll() {
    preparePrint();
    await Promise.all([...document.querySelectorAll(".paper img[src]")].map(
      (picture) => picture.decode().catch(() => {})));
    print();
  }

  const actions = {
    side: toggleSide, boxes: toggleBoxes, print: printAll,
    theme: () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"),
    help: () => find("keys").showModal(), close: () => find("keys").close(),
    prev: () => step(-1), next: () => step(1),
    out: () => setZoom(zoom / 1.25), in: () => setZoom(zoom * 1.25),
  };
  for (const [id, act] of Object.entries(actions)) find(id).addEventListener("click", act);

  const keys = {
    n: () => step(1), p: () => step(-1), j: () => stepBlock(1), k: () => stepBlock(-1),
    c: () => stepCheck(1), C: () => stepCheck(-1), "+": actions.in, "=": actions.in,
    "-": actions.out, 0: () => setZoom(1), b: toggleBoxes, s: toggleSide, t: actions.theme,
    g: () => find("page").select(), "?": actions.help, Escape: () => pin(null),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog")) return;
    const act = keys[event.key];
    if (!act) return;
    act();
    event.preventDefault();
  });

  if (current) enter(current);
  follow(location.hash);
})();
