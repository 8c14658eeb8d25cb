/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel says of its own types (BTF, /sys/kernel/btf/vmlinux), as far as the host's instruments need it. */
#ifndef RXLAB_BTF_H
#define RXLAB_BTF_H

#include <stddef.h>
#include <stdio.h>

/*
 * Lines of lab_guest.h: where a frame's bytes are in an sk_buff (LAB_LINE_SKB_DATA), and the kernel's names of reasons to
 * drop a frame (LAB_LINE_REASON). If the data is truncated or not BTF, only what is complete is reported.
 */
void btf_tell(const void *btf, size_t bytes, FILE *out);

#endif
