/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces: find, name, bring up, pin interrupts. */
#ifndef RXLAB_NETIF_H
#define RXLAB_NETIF_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/util/counter.h"
#include "harness/util/err.h"

/* Name of the interface with this MAC ("02:00:00:00:00:02") into name[16]; -ENODEV. */
int netif_by_mac(const char *mac, char *name, struct err *e);
int netif_rename(const char *from, const char *to, struct err *e); /* must be down */
int netif_flags(const char *ifname, int set, int clear, struct err *e); /* IFF_UP, IFF_PROMISC, ... */
int netif_wait_carrier(const char *ifname, uint64_t timeout_ns, struct err *e); /* -ETIMEDOUT */
/* Pins every interrupt whose action name begins with the interface's name. How many, or -errno. */
int netif_irq_pin(const char *ifname, unsigned int cpu, struct err *e);
/* Likewise, but those of queue k (NAME-rx-k, NAME-tx-k, NAME-TxRx-k) to CPU first + k % n, all others to first. */
int netif_irq_spread(const char *ifname, unsigned int first, unsigned int n, struct err *e);
/* The lowest CPU that the first of these interrupts may go to, or -errno. */
int netif_irq_cpu(const char *ifname);
/* Sum over CPUs and vectors of the interface's interrupts in /proc/interrupts. */
struct counter netif_irq_count(const char *ifname);
/* The same for each of n CPUs from first on; unknown if there is no such CPU. */
void netif_irq_count_each(const char *ifname, unsigned int first, struct counter *each, unsigned int n);
void netif_mac(const char *ifname, uint8_t mac[6]); /* zeroes when there is no such interface */
bool netif_default_route(const char *ifname); /* does a default route of this namespace, IPv4 or IPv6, use it? */
struct counter netif_stat(const char *ifname, const char *stat); /* /sys/class/net/IF/statistics/STAT */

#endif
