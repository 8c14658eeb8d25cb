# SPDX-License-Identifier: GPL-2.0-or-later
"""How the programs in python begin and end: closed pipes, options and messages, in one place."""

import argparse
import difflib
import io
import os
import signal
import sys


# The program: the one that began this script, or the one of this tree.
RXLAB = os.environ.get("RXLAB") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "rxlab")


class Parser(argparse.ArgumentParser):
    """Of a command in python: no abbreviations, `--help` is the command's, and a misspelt option is answered with what was
    meant. Wrong usage ends the program with status 2."""

    def __init__(self, prog):
        super().__init__(prog=prog, add_help=False, allow_abbrev=False)
        self.add_argument("--help", "-h", action="store_true")

    def meant(self, word):
        """", did you mean '--json'?", or "" where no option is near."""
        options = [o for o in self._option_string_actions if o.startswith("--")]
        near = difflib.get_close_matches(word.split("=")[0], options, 1, 0.7) if word.startswith("-") else []
        return f", did you mean '{near[0]}'?" if near else ""

    def parse_args(self, words):
        asked, rest = self.parse_known_args(words)
        if rest:
            self.error(f"unexpected '{rest[0]}'{self.meant(rest[0])}")
        return asked


class Output(io.TextIOBase):
    """stdout, which says why it takes no more and ends the program."""

    def __init__(self, out):
        self.out = out

    def __getattr__(self, name):
        return getattr(self.out, name)

    def write(self, text):
        return self.do(self.out.write, text)

    def flush(self):
        return self.do(self.out.flush)

    def do(self, call, *words):
        try:
            return call(*words)
        except OSError as why:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer
            print(f"rxlab: cannot write to stdout: {why.strerror}", file=sys.stderr)
            sys.exit(1)


def run(main):
    """Runs main(sys.argv) and ends with its status. `rxlab rescore DIR | head -1` ends it silently, as it ends the C
    commands. Programs that main() starts have the signal as usual. Where stdout takes nothing more (a full disk), it says
    so in the C commands' words."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.stdout = Output(sys.stdout)
    status = main(sys.argv)
    sys.stdout.flush()
    sys.exit(status)


def reason(why):
    """An exception in plain words: of the system's, the file and what it says, without python's number."""
    if isinstance(why, OSError) and why.strerror:
        return f"{why.filename}: {why.strerror}" if why.filename else why.strerror
    return str(why)


def replace(path, fill):
    """Writes a file whole or not at all: fill(out) writes the text. OSError where that cannot be."""
    temporary = path + ".tmp"
    try:
        with open(temporary, "w", encoding="utf-8", newline="") as out:
            fill(out)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
