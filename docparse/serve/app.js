// The list of documents: files go up as they are dropped, and the list follows their reading.
"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => { document.documentElement.dataset.theme = dark.matches ? "dark" : "light"; };
  dark.addEventListener("change", paint);
  paint();

  const list = document.getElementById("documents");
  if (!list) return; // a page without one
  const problem = document.getElementById("problem");
  const drop = document.getElementById("drop");
  const UPLOADS = 3; // at the same time

  function complain(text) {
    problem.textContent = text;
    problem.hidden = !text;
  }

  async function send(file) {
    const address = `/documents?name=${encodeURIComponent(file.name)}`;
    const answer = await fetch(address, { method: "POST", body: file });
    if (!answer.ok) complain(`${file.name}: ${(await reasonOf(answer))}`);
  }

  async function reasonOf(answer) {
    try {
      return (await answer.json()).error ?? answer.statusText;
    } catch {
      return answer.statusText;
    }
  }

  async function sendAll(files) {
    complain("");
    const waiting = [...files];
    const one = async () => {
      while (waiting.length) {
        const file = waiting.shift();
        try {
          await send(file);
        } catch {
          complain(`${file.name}: the server cannot be reached`);
        }
        follow();
      }
    };
    await Promise.all(Array.from({ length: UPLOADS }, one));
  }

  const make = (name, css, text) => {
    const element = document.createElement(name);
    element.className = css;
    element.textContent = text ?? "";
    return element;
  };

  function entry(item) {
    const line = make("li", item.state);
    line.id = `d${item.id}`;
    const name = make(item.state === "done" ? "a" : "span", "name", item.name);
    if (item.state === "done") name.href = `/documents/${item.id}/`;
    const states = {
      waiting: "waiting",
      reading: item.pages ? `${item.pages_done} of ${item.pages} pages` : "opening",
      done: `${item.pages} ${item.pages === 1 ? "page" : "pages"}`,
      failed: "failed",
    };
    const remove = make("button", "icon", "×");
    remove.title = "Remove";
    remove.setAttribute("aria-label", `Remove ${item.name}`);
    remove.addEventListener("click", async () => {
      await fetch(`/documents/${item.id}`, { method: "DELETE" });
      follow();
    });
    line.append(name, make("span", "state", states[item.state]), remove);
    if (item.state === "reading") {
      const bar = make("progress", "");
      bar.max = item.pages || 1;
      bar.value = item.pages_done;
      line.append(bar);
    }
    if (item.error) line.append(make("span", "why", item.error));
    return line;
  }

  let timer = 0;
  async function follow() {
    clearTimeout(timer);
    let items;
    try {
      items = await (await fetch("/documents")).json();
    } catch {
      complain("the server cannot be reached");
      timer = setTimeout(follow, 3000);
      return;
    }
    list.replaceChildren(...items.map(entry));
    if (items.some((item) => item.state === "waiting" || item.state === "reading"))
      timer = setTimeout(follow, 500);
  }

  document.getElementById("files").addEventListener("change", (event) => {
    sendAll(event.target.files);
    event.target.value = "";
  });
  for (const name of ["dragover", "drop", "dragleave"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop") sendAll(event.dataTransfer.files);
    });
  }
  follow();
})();
