/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is counted from outside the guest: QEMU's trace events and our plugin's file. */
#ifndef RXLAB_HOST_COUNTERS_H
#define RXLAB_HOST_COUNTERS_H

#include "harness/record/outcome.h"
#include "harness/util/err.h"

/* The trace events that count frames at the DUT's NIC (the igb model has no others). */
#define LAB_TRACE_WRITTEN "e1000e_rx_written_to_guest"
#define LAB_TRACE_NOT_WRITTEN "e1000e_rx_not_written_to_guest"

/* Frames on the wire, accepted, first drop, and the drop place of its own, from the trace's log. */
int host_counters_trace(const char *path, struct outcome *o, struct err *e);
/* The gaps between a sender's frames, from the dumps of what left it; second: NULL if there is one sender. */
int host_counters_sent(const char *first, const char *second, struct outcome *o, struct err *e);
/*
 * cpu, irq.polls and irq.switches, from the plugin's key=value lines: the work of the DUT's CPUs, which are dut_cpus
 * CPUs from LAB_CPU_DUT on, the first interrupt_cpus of them for interrupts. Also by CPU if several take interrupts.
 * -EPROTO when counts are missing.
 */
int host_counters_plugin(const char *path, unsigned int interrupt_cpus, unsigned int dut_cpus, struct outcome *o,
			 struct err *e);
/*
 * Computes what needs the counts from inside and outside: frames lost between the
 * sender and the wire, and in the NIC after a descriptor was found; also marks the
 * trial invalid if the sender did not do what was asked.
 */
void host_counters_close(const struct trial *t, struct outcome *o);

#endif
