# SPDX-License-Identifier: GPL-2.0-or-later
"""Labs whose captures burn instructions in known functions: patched copies of the tree, each with an image of its own.

A slowdown is N `nop` in front of a line of a capture's function that is executed once a frame, below the knee, so that
nothing but the burning itself is dearer.
"""

import os
import shutil
import subprocess

from lab import TOP, copy_tree, environment, run, trial

BURN = '\t__asm__ volatile(".rept {n}\\n\\tnop\\n\\t.endr");\n'

# Source, a line of it that a frame executes once, and the function that it is counted as.
PLACES = {
    "tpacket3": ("capture-impls/common/block_ring.c", "\t\tsink_packet(sink, (const uint8_t *)h",
                 "deliver (capture-impls/common/block_ring.c)"),
    "tpacket2": ("capture-impls/tpacket2/tpacket2.c", "\t\tsink_packet(sink, (const uint8_t *)h",
                 "tpacket2_poll (capture-impls/tpacket2/tpacket2.c)"),
    "recv": ("capture-impls/recv/recv.c", "\t\tsink_batch(c->sink);", "recv_poll (capture-impls/recv/recv.c)"),
    "recvmmsg": ("capture-impls/recvmmsg/recvmmsg.c", "\t\tlen = v->message[i].msg_len;",
                 "deliver (capture-impls/recvmmsg/recvmmsg.c)"),
    "libpcap": ("capture-impls/libpcap/libpcap.c", "\tsink_packet((struct sink *)user",
                "on_frame (capture-impls/libpcap/libpcap.c)"),
    "af-xdp": ("capture-impls/af-xdp/af-xdp.c", "\t\tsink_packet(sink, x->umem + d->addr",
               "poll_one (capture-impls/af-xdp/af-xdp.c)"),
    "ykvm-user": ("capture-impls/ykvm/rings.c", "\t\tsink_packet(sink, data", "deliver (capture-impls/ykvm/rings.c)"),
    "ykvm": ("kmod/hook.c", "\tf = &r->frames[buffer];", "frame_take [ykvm]"),
    "kcap": ("kmod/kcap/hook.c", "\thook_count(k, skb);", "kcap_hook_frame [kcap]"),
}
BOTH = {"ykvm": ("ykvm", "ykvm-user")}  # a trial of ykvm meets both: in the kernel and in its reader


def functions(capture):
    """The planted functions that a trial of this capture executes."""
    return sorted(PLACES[place][2] for place in BOTH.get(capture, (capture,)))


def captures():
    return sorted(name for name in PLACES if name != "ykvm-user")


def patch(top, place, n):
    """Burns n instructions in front of the place's line."""
    name, line, _ = PLACES[place]
    path = os.path.join(top, name)
    with open(path, encoding="utf-8") as text:
        source = text.read()
    if source.count(line) != 1:
        raise AssertionError(f"{name}: {source.count(line)} lines {line!r}")
    with open(path, "w", encoding="utf-8") as out:
        out.write(source.replace(line, BURN.format(n=n) + line))
    return name


def make(top, *words):
    subprocess.run(words, cwd=top, check=True, capture_output=True, text=True, timeout=300)


def link_agent(top, objects):
    """The agent of this tree's objects, the rest of it being the real one's."""
    here = os.path.join(TOP, "build")
    whole, agent = (os.path.join(top, "build", name) for name in ("rxlab-agent.whole", "rxlab-agent"))
    words = subprocess.run(["make", "-s", "agent-link"], cwd=TOP, check=True, capture_output=True, text=True).stdout.split()
    make(top, "gcc", "-o", whole, os.path.join(here, "harness/agent/main.o"), *objects, os.path.join(here, "librxlab.a"),
         *words)
    make(top, "strip", "-o", agent, whole)


def planted(folder, n, places=tuple(PLACES)):
    """A tree below folder whose captures burn n instructions a frame in these places, with a lab of its own: environment
    and program of its trials."""
    top, cache = os.path.join(folder, f"tree-{n}"), os.path.join(folder, f"cache-{n}")
    copy_tree(top)
    names = [patch(top, place, n) for place in places]
    objects = [f"build/{name[:-2]}.o" for name in names if not name.startswith("kmod/")]
    os.makedirs(os.path.join(top, "build"))
    if objects:
        make(top, "make", "--no-print-directory", *objects)
    link_agent(top, objects)
    for name in ("build/rxlab-tcg.so", "rxlab"):
        shutil.copy2(os.path.join(TOP, name), os.path.join(top, name))
    os.makedirs(cache)
    os.symlink(os.path.join(real_cache(), "packages"), os.path.join(cache, "packages"))
    return os.path.join(top, "rxlab"), environment(cache)


def real_cache():
    lines = dict(line.split(None, 1) for line in run("lab", "status").stdout.splitlines())
    return lines["cache"]


def profiled(program, env, capture, folder, count=4000):
    """The path of a record of this lab, with its profile beside it."""
    os.makedirs(folder)
    done = subprocess.run([program, *trial(capture, 64, 30000, count), "--instruments", "--side", folder],
                          capture_output=True, text=True, timeout=300, env=env, check=False)
    if done.returncode:
        raise AssertionError(f"{capture}: {done.stdout}{done.stderr}")
    path = os.path.join(folder, "record.json")
    with open(path, "w", encoding="utf-8") as out:
        out.write(done.stdout)
    return path
