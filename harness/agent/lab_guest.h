/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the lab's guest and its host agree on. The host's side is
 * harness/testbeds/lab*.c.
 */
#ifndef RXLAB_LAB_GUEST_H
#define RXLAB_LAB_GUEST_H

#define LAB_FWCFG_NAME "opt/rxlab/trial"
#define LAB_FWCFG_BYTES 2048 /* fixed: the guest learns the size before the snapshot */
#define LAB_TEXT_LAYOUT "layout" /* instead of a trial: where everything lies that can be executed */
#define LAB_PORT_EXIT 0xf4 /* isa-debug-exit: writing 0 ends QEMU */

/* The guest's interfaces by address, then by the name it gives them. */
#define LAB_MAC_SENDER0 "02:00:00:00:00:00"
#define LAB_MAC_SENDER1 "02:00:00:00:00:01"
#define LAB_MAC_DUT "02:00:00:00:00:02"
#define LAB_DUT "dut"
#define LAB_SENDER0 "snd0"
#define LAB_SENDER1 "snd1"

#define LAB_CPU_SENDER0 0
#define LAB_CPU_DUT 1

#define LAB_POLL_SYMBOL "igb_poll" /* NAPI poll of the DUT's driver */

/* Lines of the serial console that are for the host; each stands alone. */
#define LAB_LINE_SYMBOL "@rxlab-symbol " /* NAME START END, hexadecimal */
#define LAB_LINE_FUNCTION "@f " /* ADDRESS NAME [MODULE]; of the kernel; in order of addresses as it tells them */
#define LAB_LINE_MODULE "@m " /* ADDRESS SIZE NAME */
#define LAB_LINE_MAPPING "@u " /* START-END OFFSET PATH, of the agent; executable */
#define LAB_LINE_LAYOUT_END "@end" /* all of the above was said */
#define LAB_LINE_OUTCOME "@rxlab-outcome " /* outcome_encode() */
#define LAB_LINE_ERROR "@rxlab-error " /* why the guest could not be made ready */

#endif
