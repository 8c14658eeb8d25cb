/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol between the lab's guest and its host. The host's side is
 * harness/testbeds/lab/.
 */
#ifndef RXLAB_LAB_GUEST_H
#define RXLAB_LAB_GUEST_H

#define LAB_FWCFG_NAME "opt/rxlab/trial"
#define LAB_FWCFG_BYTES 2048 /* fixed: the guest learns the size before the snapshot */
#define LAB_FWCFG_ASKED 2032 /* offset of a line, always present: what the guest must report after the measurement */
#define LAB_ASKED "\nfates=%d code=%d" /* always the same length, so that the guest behaves the same until then */
#define LAB_ASKED_FATES 7 /* '1': what the sink saw of each sequence number */
#define LAB_ASKED_CODE 14 /* '1': where the code lies that was loaded since the snapshot */
#define LAB_FWCFG_INPUT "opt/rxlab/input" /* the file that the trial reads (harness/record/inputs.h), after a header */
#define LAB_INPUT_HEAD 16 /* bytes of that header: "%15zu\n", the length of what follows; 0: no file */
#define LAB_INPUT_NONE "              0\n"
#define LAB_TEXT_LAYOUT "layout" /* instead of a trial: report where all executable code lies */
#define LAB_PORT_EXIT 0xf4 /* isa-debug-exit: writing 0 ends QEMU */

/* The guest's interfaces: their addresses, then the names that it gives them. */
#define LAB_MAC_SENDER0 "02:00:00:00:00:00"
#define LAB_MAC_SENDER1 "02:00:00:00:00:01"
#define LAB_MAC_DUT "02:00:00:00:00:02"
#define LAB_DUT "dut"
#define LAB_SENDER0 "snd0"
#define LAB_SENDER1 "snd1"

#define LAB_CPU_SENDER0 0
#define LAB_CPU_DUT 1

#define LAB_POLL_SYMBOL "igb_poll" /* NAPI poll of the DUT's driver */
/* Functions on a frame's path upwards; their calls are counted. */
#define LAB_STACK_SYMBOL "napi_gro_receive" /* the driver hands a frame to the kernel */
#define LAB_RING_SYMBOL "tpacket_rcv" /* a packet socket with a ring gets it */
#define LAB_QUEUE_SYMBOL "packet_rcv" /* a packet socket without a ring gets it */
#define LAB_SWITCH_SYMBOL "__switch_to_asm" /* a switch from thread to thread: each sleep and each wake-up is one */
#define LAB_CALL_SYMBOLS LAB_POLL_SYMBOL, LAB_STACK_SYMBOL, LAB_RING_SYMBOL, LAB_QUEUE_SYMBOL, LAB_SWITCH_SYMBOL

/* Functions that wait for a time to come by looking at the clock; the plugin looks into them for such loops. */
#define LAB_WAIT_KERNEL_SYMBOLS "pktgen_xmit", "spin" /* pktgen's, inlined or not */
#define LAB_WAIT_AGENT_SYMBOL "clock_wait_until"

/* Lines on the serial console for the host, one message a line. */
#define LAB_LINE_SYMBOL "@rxlab-symbol " /* NAME START END, hexadecimal */
#define LAB_LINE_FUNCTION "@f " /* ADDRESS NAME [MODULE]: a kernel function; by rising address, in the kernel's order */
#define LAB_LINE_MODULE "@m " /* ADDRESS SIZE NAME */
#define LAB_LINE_MAPPING "@u " /* START-END OFFSET PATH, of the agent; executable */
#define LAB_LINE_SKB_DATA "@d " /* offset of sk_buff.data */
#define LAB_LINE_REASON "@r " /* NUMBER NAME of one of the kernel's drop reasons */
#define LAB_LINE_LAYOUT_END "@end" /* all of the above is complete */
#define LAB_LINE_OUTCOME "@rxlab-outcome " /* outcome_encode() */
#define LAB_LINE_SEEN "@rxlab-seen " /* SENDER, then LENGTH:MARKS for each run of numbers: what the sink saw of them */
#define LAB_LINE_ERROR "@rxlab-error " /* why the guest could not be made ready */

#endif
