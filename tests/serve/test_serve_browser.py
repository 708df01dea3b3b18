"""The app in a real browser: a file is dropped, read, corrected, and the correction stays."""

from __future__ import annotations

import base64
import time
from typing import Any

from docparse.convert.data import to_json
from docparse.types import BBox, Block, Document, Page

DROP = """
const bytes = Uint8Array.from(atob(arguments[0]), c => c.charCodeAt(0));
const transfer = new DataTransfer();
transfer.items.add(new File([bytes], arguments[1], { type: 'application/pdf' }));
document.getElementById('drop').dispatchEvent(
  new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
"""


def wait_for(browser: Any, script: str, seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = browser.execute_script(script)
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"never came true: {script}")


def drop(browser: Any, data: bytes, name: str) -> str:
    browser.execute_script(DROP, base64.b64encode(data).decode(), name)
    return str(
        wait_for(
            browser,
            "return [...document.querySelectorAll('.documents a.name')]"
            f".find(a => a.textContent === {name!r})?.href",
        )
    )


def severe(browser: Any) -> list[dict[str, Any]]:
    return [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def test_a_dropped_file_is_read_corrected_and_still_so_after_a_reload(
    client: Any, pdf_file: bytes, page: Any
) -> None:
    page.get(f"{client.address}/")
    page.get(drop(page, pdf_file, "dropped.pdf"))
    wait_for(page, "return document.querySelector('#p1 img')?.naturalWidth > 500")
    page.execute_script("return document.querySelectorAll('#p1 rect')[0]")
    first = "document.querySelectorAll('#p1 section > :not(.note)')[0]"
    page.execute_script(f"{first}.click()")
    assert page.execute_script("return document.getElementById('words').value") == "The harbour"
    page.execute_script("document.getElementById('words').value = 'The quiet harbour'")
    page.execute_script("document.getElementById('kind').value = 'heading'")
    page.find_element("id", "save").click()
    wait_for(page, f"return {first}.textContent === 'The quiet harbour'", 20)
    page.get(page.current_url.split("#")[0])
    assert page.execute_script(f"return {first}.tagName") == "H2"
    assert page.execute_script(f"return {first}.textContent") == "The quiet harbour"
    assert severe(page) == []


def test_a_box_is_dragged_to_its_place(client: Any, pdf_file: bytes, page: Any) -> None:
    from selenium.webdriver import ActionChains

    id_ = client.send(pdf_file, "box.pdf")
    client.wait(id_)
    page.get(f"{client.address}/documents/{id_}/#p1b1")
    wait_for(page, "return document.querySelectorAll('#p1 circle').length === 2", 20)
    before = [int(page.find_element("id", side).get_property("value")) for side in ("x1", "y1")]
    handle = page.find_elements("css selector", "#p1 circle")[1]
    ActionChains(page).drag_and_drop_by_offset(handle, 40, 30).perform()
    after = [int(page.find_element("id", side).get_property("value")) for side in ("x1", "y1")]
    scale = page.execute_script("return 1654 / document.querySelector('#p1 .paper').clientWidth")
    assert abs(after[0] - before[0] - 40 * scale) < 8
    assert abs(after[1] - before[1] - 30 * scale) < 8
    page.find_element("id", "save").click()
    box = "return document.querySelectorAll('#p1 section > [data-bbox]')[0].dataset.bbox"
    wait_for(page, f"{box}.split(' ')[2] === '{after[0]}'", 20)


EVIL = "<script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">"


def test_hostile_texts_do_nothing_in_the_app(client: Any, page: Any) -> None:
    block = Block("paragraph", BBox(100, 100, 400, 200), EVIL)
    document = Document(EVIL, (Page(1, 1000, 1400, 120, blocks=(block,)),), {"title": EVIL})
    id_ = client.send(to_json(document).encode(), "%3Cimg%20src%3Dx%3E")
    assert client.wait(id_)["state"] == "done"
    page.get(f"{client.address}/")
    wait_for(page, "return document.querySelectorAll('.documents li').length > 0", 20)
    page.get(f"{client.address}/documents/{id_}/#p1b1")
    wait_for(page, "return !document.getElementById('editor').hidden", 20)
    assert page.execute_script("return document.getElementById('words').value") == EVIL
    assert page.title != "hacked"
    assert severe(page) == []


def test_the_first_page_says_what_failed(client: Any, page: Any) -> None:
    page.get(f"{client.address}/")
    page.execute_script(DROP, base64.b64encode(b"\0\1\2\3 no document").decode(), "no.pdf")
    mine = (
        "[...document.querySelectorAll('.documents li')].find(li => /no.pdf/.test(li.textContent))"
    )
    reason = wait_for(page, f"return {mine}?.querySelector('.why')?.textContent")
    assert "nothing that is read here" in reason
