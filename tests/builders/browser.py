"""A real browser without a window: Debian's Chromium, driven through its own driver.

Data in: addresses on loopback. Data out: what a reader sees, what the page complained about and asked of other hosts.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

PACKAGES = "chromium chromium-driver"
_SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1400,1200",
)  # fmt: skip
_PATIENCE_SECONDS = 60


def programs() -> tuple[str, str] | None:
    """Where the browser and its driver are, or nothing."""
    found = shutil.which("chromium"), shutil.which("chromedriver")
    return (found[0], found[1]) if found[0] and found[1] else None


class Reader:
    """Somebody before the screen, in the county's time zone."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, address: str) -> None:
        self.driver.get(address)

    def see(self, selector: str, at: int = 0) -> WebElement:
        """The element once it is shown; at most a minute of waiting."""

        def shown(driver: webdriver.Chrome) -> WebElement | None:
            found = [one for one in driver.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed()]
            return found[at] if len(found) > at else None

        return self._wait().until(shown, f"not seen: {selector}")

    def press(self, selector: str, at: int = 0) -> None:
        """Click it as soon as it can be clicked: shown, enabled, and nothing before it."""

        def pressed(_: webdriver.Chrome) -> bool:
            one = self.driver.find_elements(By.CSS_SELECTOR, selector)[at]
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", one)
            if not one.is_enabled():
                return False
            one.click()
            return True

        self._wait().until(pressed, f"could not be pressed: {selector}")

    def miss(self, selector: str) -> None:
        """Wait until it is no longer shown."""

        def gone(driver: webdriver.Chrome) -> bool:
            return not any(one.is_displayed() for one in driver.find_elements(By.CSS_SELECTOR, selector))

        self._wait().until(gone, f"still there: {selector}")

    def _wait(self) -> WebDriverWait[webdriver.Chrome]:
        return WebDriverWait(self.driver, _PATIENCE_SECONDS, ignored_exceptions=[WebDriverException, IndexError])

    def complaints(self) -> list[str]:
        """What scripts of the pages since the last call have raised."""
        return [one["message"] for one in self.driver.get_log("browser") if one["source"] == "javascript"]

    def hosts(self) -> set[str]:
        """Hosts that the pages since the last call have asked for anything."""
        events = [json.loads(one["message"])["message"] for one in self.driver.get_log("performance")]
        asked = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
        return {host for host in (urlsplit(url).hostname for url in asked) if host}


@contextmanager
def reading() -> Iterator[Reader]:
    """A fresh browser, closed afterwards with everything it remembers."""
    where = programs()
    assert where, f"needs a browser: apt-get install {PACKAGES}"
    options = webdriver.ChromeOptions()
    options.binary_location = where[0]
    for switch in _SWITCHES:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(where[1], env={**os.environ, "TZ": "Asia/Shanghai"}))
    try:
        yield Reader(driver)
    finally:
        driver.quit()
