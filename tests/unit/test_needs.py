"""What `make test` says on a machine that lacks what the tests drive."""

import subprocess

from tests.support.process import ROOT


def test_what_is_missing_is_said_with_the_command_that_installs_it() -> None:
    """Without a PATH there is no tmux, and no apt-get to install it with."""
    said = subprocess.run(
        ["/bin/bash", ROOT / "tests/needs.sh", "tmux", "chromium"],
        env={"PATH": "/nowhere"},
        capture_output=True,
        text=True,
    )
    assert said.returncode == 1
    assert "sudo apt-get install" in said.stderr
    assert "tmux" in said.stderr.partition("install")[2]


def test_a_machine_that_has_it_all_hears_nothing() -> None:
    said = subprocess.run([ROOT / "tests/needs.sh", "tmux"], capture_output=True, text=True, check=True)
    assert said.stdout + said.stderr == ""
