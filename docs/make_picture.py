"""Makes the picture of the report from a real run: emulated pods of which one answers 201 for 200.

Needs Debian's Chromium: ``apt-get install chromium``.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from contract_tests.emulator.process import emulated_pod
from contract_tests.report.page import page
from contract_tests.report.results import NAME, read_results

PICTURE = Path(__file__).resolve().parent / "images" / "report.png"
ADDRESSES = {
    "": "https://staging.example.com/pod",
    "REQUESTER_": "https://staging-two.example.com/pod",
    "BYSTANDER_": "https://staging-three.example.com/pod",
}
CHROMIUM = "/usr/bin/chromium"


def main() -> int:
    """Run the suite, draw the first screen of its report, and write the picture. Returns the exit status."""
    with TemporaryDirectory() as name, emulated_pod("--defect", "success-201", federation=True) as environment:
        output = Path(name) / "contract"
        command = [sys.executable, "-m", "contract_tests", "run", "-q", "--output", str(output)]
        status = subprocess.run(command, env={**os.environ, **environment}, check=False).returncode
        if status != 1:
            print(f"expected a run that finds a broken rule, found the exit status {status}.", file=sys.stderr)
            return 1
        shown = output / "report.html"
        text = (output / NAME).read_text(encoding="utf-8")
        # The ports of the emulated pods differ from run to run.
        for role, address in ADDRESSES.items():
            text = text.replace(environment[f"POD_{role}URL"], address)
        (output / NAME).write_text(text, encoding="utf-8")
        shown.write_text(page(read_results(output / NAME)), encoding="utf-8")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            view = browser.new_page(viewport={"width": 1280, "height": 800})
            view.goto(shown.as_uri())
            view.screenshot(path=str(PICTURE))
            browser.close()
    print(f"{PICTURE.stat().st_size} bytes in {PICTURE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
