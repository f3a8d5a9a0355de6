"""tests/needs.sh on machines with and without the programs that the tests use."""

import subprocess

from tests.support.process import ROOT


def test_missing_programs_are_reported_with_the_command_that_installs_them() -> None:
    """The empty PATH hides tmux, and apt-get to install it with."""
    done = subprocess.run(
        ["/bin/bash", ROOT / "tests/needs.sh", "tmux", "chromium"],
        env={"PATH": "/nowhere"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "sudo apt-get install" in done.stderr
    assert "tmux" in done.stderr.partition("install")[2]


def test_nothing_is_printed_if_nothing_is_missing() -> None:
    done = subprocess.run([ROOT / "tests/needs.sh", "tmux"], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
