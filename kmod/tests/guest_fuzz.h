/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the modules' fuzzer share: guest_fuzz.c draws programs, guest_fuzz_calls.c and _nic.c run them. */
#ifndef GUEST_FUZZ_H
#define GUEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_CALLS 24 /* of a program, at most */

/* One call. Its argument is what a sane program would give, with `value` written over `at`. */
struct fuzz_call {
	uint8_t op; /* which, modulo FUZZ_OPS */
	uint8_t how; /* bit 0: on the other file; 1-2: bytes of the value; 3: leave the argument as it is; the rest as the call likes */
	uint16_t at;
	uint64_t value;
};

struct fuzz_program {
	uint32_t n;
	struct fuzz_call calls[FUZZ_CALLS];
};

#define FUZZ_OPS 26

/* The interface under ykvm-zc, and the one at the other end of its wire. */
extern const char *fuzz_dut, *fuzz_peer;
/* A worker's own veth pair: bound to, and sent on. */
extern char fuzz_in[], fuzz_out[];

/* In a process of its own: what it opens, maps and attaches is left to its end. */
void fuzz_run(const struct fuzz_program *p);
/* ethtool's calls, MTU, up and down of that interface. */
void fuzz_nic(const struct fuzz_call *c, const char *name);

#endif
