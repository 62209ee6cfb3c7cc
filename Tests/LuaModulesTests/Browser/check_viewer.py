"""Uses the viewers of a page and of a notebook's output as a reader would: python3 check_viewer.py PAGE OUTPUT.

The page has two volumes as ViewerBrowserTests makes them: voxel (depth d, height h, width w, from 1) of the scan is
100 d + 10 h + w, of the uncertainty a thousandth of that; d = 3, 4 is the mask; voxels are of 3 x 2 x 1.5 mm.
"""

import json
import os
import sys
import unittest

from browser import Browser

PAGE, OUTPUT = map(os.path.abspath, sys.argv[1:])
SIZE = (5, 6, 8)
READY = "document.readyState === 'complete' && " \
    "[...document.querySelectorAll('.volume-viewer')].every(host => host.shadowRoot?.querySelector('.viewer'))"


class Viewer:
    """The first viewer of a page."""

    ROOT = "document.querySelector('.volume-viewer').shadowRoot"

    def __init__(self, browser):
        self.browser = browser
        browser.wait(READY)
        browser.frame()

    def part(self, selector, expression):
        return self.browser.run(f"{self.ROOT}.querySelector({json.dumps(selector)}).{expression}")

    def readings(self):
        """Position in mm, voxel, value of the scan, and those of the overlays, as texts."""
        position, voxel, value = self.browser.run(
            f"[...{self.ROOT}.querySelectorAll('dd output')].map(output => output.textContent)")
        layers = self.browser.run(
            f"[...{self.ROOT}.querySelectorAll('.layer output')].map(output => output.textContent)")
        return position, [int(index) for index in voxel.split(", ")], value, layers

    def place(self, plane, across, up):
        """A place on a plane's picture; shares from its left and its top."""
        box = self.part(f".{plane} canvas", "getBoundingClientRect().toJSON()")
        return box["left"] + across * box["width"], box["top"] + up * box["height"]

    def pixel(self, plane, across, up):
        """The colour on a plane's picture."""
        return self.browser.run(
            f"(canvas => [...canvas.getContext('2d').getImageData(Math.floor({across} * canvas.width), "
            f"Math.floor({up} * canvas.height), 1, 1).data])({self.ROOT}.querySelector('.{plane} canvas'))")

    def set(self, selector, property, value, event):
        self.browser.run(
            f"(input => {{ input.{property} = {json.dumps(value)}; input.dispatchEvent(new Event('{event}')); }})"
            f"({self.ROOT}.querySelector({json.dumps(selector)}))")
        self.browser.frame()


class ViewerTests(unittest.TestCase):
    def check_readings(self, viewer):
        """All that is said of the cross-hair's voxel is true."""
        position, (d, h, w), value, layers = viewer.readings()
        self.assertTrue(1 <= d <= SIZE[0] and 1 <= h <= SIZE[1] and 1 <= w <= SIZE[2])
        self.assertEqual(position, f"x {1.5 * (w - 1):.1f}, y {2 * (h - 1):.1f}, z {3 * (d - 1):.1f} mm")
        truth = 100 * d + 10 * h + w
        self.assertEqual(value, str(truth))
        self.assertEqual(layers[0], "1" if d in (3, 4) else "0")
        shown, error = map(float, layers[1].split(" ± "))
        self.assertTrue(abs(shown - truth / 1000) <= error * 1.0001 and error <= 0.002, layers)
        return d, h, w

    def test_a_reader_finds_the_true_values(self):
        with Browser() as browser:
            browser.open(PAGE)
            viewer = Viewer(browser)
            self.assertIn(self.check_readings(viewer)[0], (3, 4))
            self.assertEqual(browser.run("document.querySelectorAll('.volume-viewer').length"), 2)
            self.assertEqual(browser.run("document.scripts.length"), 2)
            # The picture is 12 x 12 mm and fills its box's width; the voxel second from the right and third from the
            # top is the second from the patient's left, where x begins, and the third from the front, where y ends.
            browser.click(*viewer.place("axial", 6.5 / 8, 0.5 + (2.5 / 6 - 0.5) * 12 / 15))
            d, h, w = self.check_readings(viewer)
            self.assertEqual((h, w), (4, 2))
            browser.wheel(*viewer.place("axial", 0.5, 0.5), down=100)
            self.assertEqual(self.check_readings(viewer), (d - 1, h, w))
            browser.wheel(*viewer.place("axial", 0.5, 0.5), down=-100)
            self.assertEqual(self.check_readings(viewer), (d, h, w))
            for key, code, moved in [("ArrowRight", 39, (d, h, w - 1)), ("ArrowUp", 38, (d, h + 1, w - 1)),
                                     ("PageUp", 33, (d + 1, h + 1, w - 1)), ("ArrowRight", 39, (d + 1, h + 1, w - 1))]:
                browser.key(key, code)
                self.assertEqual(self.check_readings(viewer), moved)
            viewer.set(".coronal input", "value", 5, "input")
            self.assertEqual(self.check_readings(viewer), (d + 1, 6, w - 1))
            viewer.set("select", "value", "neurological", "change")
            browser.click(*viewer.place("axial", 6.5 / 8, 0.5))
            self.assertEqual(self.check_readings(viewer)[2], 7)
            browser.click(*viewer.place("sagittal", 0.5 / 6, 0.5 + (0.5 / 5 - 0.5)))
            self.assertEqual(self.check_readings(viewer)[:2], (5, 6))
            self.assertEqual((browser.requests, browser.errors), ([f"file://{PAGE}"], []))

    def test_overlays_and_window(self):
        with Browser(dark=True) as browser:
            browser.open(PAGE)
            viewer = Viewer(browser)
            spot = ("axial", 0.3, 0.35)
            shown = viewer.pixel(*spot)
            viewer.set(".layer input[type=checkbox]", "checked", False, "change")
            hidden = viewer.pixel(*spot)
            self.assertNotEqual(hidden, shown)
            viewer.set(".layer input[type=checkbox]", "checked", True, "change")
            self.assertEqual(viewer.pixel(*spot), shown)
            viewer.set(".layer input[type=range]", "value", 0, "input")
            self.assertEqual(viewer.pixel(*spot), hidden)
            viewer.set(".layer input[type=range]", "value", 1, "input")
            viewer.set(".sliders label:nth-child(2) input", "value", 100, "input")
            self.assertNotEqual(viewer.pixel(*spot), shown)
            viewer.part("button", "click()")
            browser.frame()
            self.assertEqual(viewer.pixel(*spot), shown)

    def test_touch_on_a_narrow_screen(self):
        with Browser(width=390, height=800, touch=True) as browser:
            browser.open(PAGE)
            viewer = Viewer(browser)
            self.assertLessEqual(browser.run("document.documentElement.scrollWidth"), 390)
            browser.tap(*viewer.place("axial", 0.5 / 8, 0.5 / 6))
            self.assertEqual(self.check_readings(viewer)[1:], (6, 8))

    def test_a_strict_policy(self):
        policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
        with open(PAGE, encoding="utf-8") as file:
            text = file.read().replace(
                "<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{policy}">', 1)
        path = PAGE + ".policy.html"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        with Browser() as browser:
            browser.open(path)
            self.check_readings(Viewer(browser))
            self.assertEqual(browser.errors, [])

    def test_an_output_in_jupyter(self):
        """JupyterLab sets the HTML and then runs its scripts; untrusted, it leaves them out, and a picture is left."""
        with open(OUTPUT, encoding="utf-8") as file:
            html = json.dumps(file.read()).replace("</", "<\\/")
        with Browser() as browser:
            browser.run(f"document.body.innerHTML = {html}")
            self.assertGreater(browser.run(
                "(image => image.decode().then(() => image.naturalWidth))(document.querySelector('img'))"), 100)
            self.assertFalse(browser.run("document.querySelector('.volume-viewer').shadowRoot !== null"))
            for _ in range(2):
                browser.run(
                    "(script => { const copy = document.createElement('script'); copy.textContent = script.textContent; "
                    "script.replaceWith(copy); })(document.querySelector('script'))")
            self.check_readings(Viewer(browser))
            self.assertEqual(browser.errors, [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
