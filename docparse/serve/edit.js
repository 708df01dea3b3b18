// The editor of the marked block: its text, its kind and its box, saved beside the result.
"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";
  const SIDES = ["x0", "y0", "x1", "y1"];
  let shown = null; // what is edited: { page, block, part, element, kind, text, box, rect }

  // The text as it was written: line breaks are `br`, and a formula's dollars are not its own.
  function textOf(element) {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("br").forEach((br) => br.replaceWith("\n"));
    copy.querySelectorAll("ul, ol, table, img").forEach((inner) => inner.remove());
    copy.querySelectorAll(".math").forEach((math) =>
      math.replaceWith(math.textContent.replace(/^\$|\$$/g, "")));
    const value = copy.querySelector("dd") ?? copy;
    const text = value.textContent;
    return copy.matches(".formula") ? text.replace(/^\$\$|\$\$$/g, "") : text.replace(/\n$/, "");
  }

  function placeOf({ row, page, element, block }) {
    if (element.matches(".note")) return null;
    const blocks = [...row.querySelectorAll(".text section > :not(.note)")];
    if (block === undefined) block = blocks.findIndex((one) => one.contains(element));
    const parts = [...blocks[block].querySelectorAll("td, th, li")];
    const part = parts.indexOf(element);
    const hasParts = part < 0 && parts.length > 0;
    return { row, page, block, part: part < 0 ? null : part, hasParts, element,
      kind: row.dataset.kinds.split(" ")[block], text: textOf(element) };
  }

  function open(detail) {
    close();
    shown = placeOf(detail);
    if (!shown) return;
    const what = { TD: "cell", TH: "head cell", LI: "list item" }[shown.element.tagName];
    find("what").textContent = `Page ${shown.page}, ${shown.block + 1} ${shown.kind}`
      + (what ? `, ${what} ${shown.part + 1}` : "");
    find("words").value = shown.text;
    find("words").hidden = shown.hasParts; // click a cell or an item to change its text
    find("kind").value = shown.kind;
    find("kind").disabled = shown.part !== null;
    shown.box = shown.element.dataset.bbox.split(" ").map(Number);
    SIDES.forEach((side, index) => { find(side).value = shown.box[index]; });
    find("problem").hidden = true;
    find("editor").hidden = false;
    shown.rect = shown.row.querySelector(".paper rect.on");
    drawHandles();
  }

  function close() {
    document.querySelectorAll(".paper circle").forEach((handle) => handle.remove());
    find("editor").hidden = true;
    shown = null;
  }

  const boxOf = () => SIDES.map((side) => Math.round(Number(find(side).value)));

  // Dragging the corners of the box on the picture.
  function drawHandles() {
    const svg = shown.row.querySelector(".paper svg");
    const size = svg.viewBox.baseVal.width;
    for (const corner of [[0, 1], [2, 3]]) {
      const handle = document.createElementNS(SVG, "circle");
      handle.setAttribute("r", size / 130);
      svg.append(handle);
      const put = () => {
        const box = boxOf();
        handle.setAttribute("cx", box[corner[0]]);
        handle.setAttribute("cy", box[corner[1]]);
      };
      put();
      SIDES.forEach((side) => find(side).addEventListener("input", put));
      handle.addEventListener("pointerdown", (event) => {
        handle.setPointerCapture(event.pointerId);
        event.preventDefault();
      });
      handle.addEventListener("pointermove", (event) => {
        if (!handle.hasPointerCapture(event.pointerId)) return;
        const at = new DOMPoint(event.clientX, event.clientY)
          .matrixTransform(svg.getScreenCTM().inverse());
        const { width, height } = svg.viewBox.baseVal;
        find(SIDES[corner[0]]).value = Math.round(Math.min(Math.max(at.x, 0), width));
        find(SIDES[corner[1]]).value = Math.round(Math.min(Math.max(at.y, 0), height));
        put();
        stretch();
      });
    }
  }

  function stretch() {
    const [x0, y0, x1, y1] = boxOf();
    const values = { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0),
      height: Math.abs(y1 - y0) };
    for (const [name, value] of Object.entries(values)) shown?.rect?.setAttribute(name, value);
  }
  SIDES.forEach((side) => find(side).addEventListener("input", stretch));

  async function save() {
    const text = find("words").value;
    const change = { page: shown.page, block: shown.block, part: shown.part };
    if (!shown.hasParts && text !== shown.text) change.text = text;
    if (shown.part === null && find("kind").value !== shown.kind) change.kind = find("kind").value;
    const box = boxOf();
    if (String(box) !== String(shown.box)) change.bbox = box;
    find("save").disabled = true;
    try {
      const answer = await fetch(location.pathname.replace(/\/$/, ""), {
        method: "PATCH", body: JSON.stringify(change),
        headers: { "Content-Type": "application/json" } });
      if (!answer.ok) {
        const { error, detail } = await answer.json();
        throw new Error(error ?? detail?.[0]?.msg ?? answer.statusText);
      }
      location.reload();
    } catch (error) {
      find("problem").textContent = `Not saved: ${error.message}`;
      find("problem").hidden = false;
    } finally {
      find("save").disabled = false;
    }
  }

  document.addEventListener("docparse:pin", ({ detail }) => (detail ? open(detail) : close()));
  find("save").addEventListener("click", save);
  find("cancel").addEventListener("click", close);
  find("editor").addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
  });
})();
