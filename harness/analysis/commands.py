# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands that make a setting of the DUT on any machine, and those that undo it. DEV stands for the interface."""

ETHTOOL = {"rx_usecs": "-C DEV rx-usecs {}", "rx_frames": "-C DEV rx-frames {}", "adaptive_rx": "-C DEV adaptive-rx {}",
           "rx_ring": "-G DEV rx {}", "channels": "-L DEV combined {}", "gro": "-K DEV gro {}"}
ON_OFF = ("adaptive_rx", "gro")
SYSCTL = ("netdev_budget", "netdev_budget_usecs", "netdev_max_backlog", "dev_weight", "busy_poll", "busy_read")
SYS = ("napi_defer_hard_irqs", "gro_flush_timeout", "threaded")


def rss(value):
    if value in ("equal", "off"):
        return "ethtool -X DEV default"
    return "ethtool -X DEV weight " + value.replace(":", " ")


def command(key, value):
    """One line of a shell; None for a capture's own setting, which no command of the machine makes."""
    if key in ETHTOOL:
        word = {"0": "off", "1": "on"}.get(value, value) if key in ON_OFF else value
        return "ethtool " + ETHTOOL[key].format(word)
    if key in SYSCTL:
        return f"sysctl -w net.core.{key}={value}"
    if key in SYS:
        return f"echo {value} > /sys/class/net/DEV/{key}"
    if key == "rps_cpus":
        return f"for q in /sys/class/net/DEV/queues/rx-*; do echo {value} > $q/rps_cpus; done"
    return rss(value) if key == "rss" else None


def pair(setting, was):
    """(lines that make it, lines that undo it, last first). A ring comes first: some drivers then reset their coalescing."""
    keys = sorted(setting, key=lambda k: (k != "rx_ring", k not in ETHTOOL, k))
    do = [line for k in keys if (line := command(k, setting[k]))]
    undo = [line for k in reversed(keys) if k in was and (line := command(k, was[k]))]
    return do, undo


def own(setting):
    return [f"{k}={v}" for k, v in setting.items() if command(k, v) is None]


def lines(setting, was):
    do, undo = pair(setting, was)
    said = []
    if do:
        said += ["Make it (DEV: the interface):", *(f"  {line}" for line in do), "Undo it:", *(f"  {line}" for line in undo)]
    if own(setting):
        said.append(f"And of the capture itself: {' '.join(own(setting))} (rxlab: --set)")
    return said
