"""Whether everybody can read pages, by axe-core: python3 check_reading.py SLIDES PAGE...

Neither in light nor in dark mode, neither wide nor on a phone, may a page have a serious or critical fault. The slides
are also moved and printed.
"""

import base64
import importlib.util
import os
import re
import sys
import unittest

from browser import Browser

SLIDES, *PAGES = map(os.path.abspath, sys.argv[1:])
PHONE = 390


def axe():
    """The script, out of a package that is not itself run."""
    package = importlib.util.find_spec("axe_playwright_python")
    if package is None:
        raise ModuleNotFoundError("axe-playwright-python is not installed: Scripts/test does it")
    with open(os.path.join(os.path.dirname(package.origin), "axe.min.js"), encoding="utf-8") as file:
        return file.read()


class ReadingTests(unittest.TestCase):
    def check(self, **settings):
        script = axe() + ";0"
        with Browser(**settings) as browser:
            for path in [SLIDES, *PAGES]:
                browser.open(path)
                browser.wait("document.readyState === 'complete'")
                browser.frame()
                browser.run(script)
                faults = browser.run(
                    "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations"
                    ".filter(fault => ['serious', 'critical'].includes(fault.impact))"
                    ".map(fault => [fault.id, ...fault.nodes.slice(0, 3).map(node => node.html.slice(0, 200))]))")
                self.assertEqual(faults, [], (path, settings))
                self.assertEqual(browser.errors, [], path)
                self.assertLessEqual(
                    browser.run("document.documentElement.scrollWidth"), settings["width"], (path, settings))

    def test_light(self):
        self.check(width=1280)

    def test_dark_on_a_phone(self):
        self.check(width=PHONE, height=800, dark=True, touch=True)

    def test_slides_move(self):
        shown = "[...document.querySelectorAll('.slide')].findIndex(slide => " \
            "Math.abs(slide.getBoundingClientRect().left) < 1)"
        with Browser(width=1280, height=720) as browser:
            browser.open(SLIDES)
            browser.wait("document.querySelector('.move')?.hidden === false")
            count = browser.run("document.querySelectorAll('.slide').length")
            self.assertGreater(count, 2)
            self.assertEqual(browser.run(shown), 0)
            for key, code, place in [("ArrowRight", 39, 1), ("PageDown", 34, 2), ("ArrowLeft", 37, 1), ("End", 35, count - 1),
                                     ("ArrowRight", 39, count - 1), ("Home", 36, 0), ("ArrowLeft", 37, 0)]:
                browser.key(key, code)
                self.assertEqual(browser.run(shown), place, key)
            # Nothing on a slide is out of sight.
            self.assertTrue(browser.run(
                "[...document.querySelectorAll('.room, .body')].every(part => part.scrollHeight <= part.clientHeight + 1)"))
            asked = [address for address in browser.requests if not address.startswith("data:")]
            self.assertEqual(asked, [f"file://{SLIDES}"])
            pdf = base64.b64decode(browser.call("Page.printToPDF", preferCSSPageSize=True)["data"])
            self.assertEqual(len(re.findall(rb"/Type /Page\b", pdf)), count)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
