/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct trial: all that decides a trial. Equal trials on equal testbeds give
 * equal records, so nothing that matters may live outside this struct.
 *
 * Its text form is one line of key=value words in fixed order; that line goes
 * into the guest, names the trial in `--dry-run`, and is hashed into its id:
 *
 *   testbed=lab capture=libpcap generator=pktgen frame=64 rate=100000 count=20000 seed=1 senders=1 reader_cpu=1
 *   set.buffer_bytes=2097152
 *
 * A mix of sizes is frame=64:7,594:4,1518:1 (frame_mix.h); frame=imix is short for that one.
 *
 * The value of a setting that is text (harness/record/settings.h) may hold any printable character. In the text form all
 * but [A-Za-z0-9._:-] are then written as % and two hexadecimal digits: set.filter=udp%20port%209.
 */
#ifndef RXLAB_TRIAL_SPEC_H
#define RXLAB_TRIAL_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/record/frame_mix.h"
#include "harness/util/err.h"

#define FRAME_BYTES_MIN 64 /* RFC 2544, with FCS */
#define FRAME_BYTES_MAX 1518
#define FCS_BYTES 4 /* pktgen's pkt_size is the frame less this */
#define RATE_MAX 0 /* rate_pps: as fast as the sender can */
#define RATE_OWN UINT64_MAX /* the rate of the file that is sent: generator_settle() replaces it by a number */
#define RATE_PPS_LIMIT 100000000ULL /* faster than anything in this field */
#define COUNT_LIMIT 10000000ULL
#define TRIAL_SETS 24
#define TRIAL_TEXT_MAX 2048

/* One knob: "rx_usecs" = "250". A key is known to the capture, its base, or the generator ("gen.burst"). */
struct setting {
	char key[32];
	char value[128]; /* holds a SHA-256 in hexadecimal, and a filter's expression */
};

/* What is counted from outside, at no cost in the guest. */
enum instruments {
	INSTRUMENTS_NONE, /* the totals that every record has */
	INSTRUMENTS_CPU, /* instructions by owner */
	INSTRUMENTS_MEMORY, /* also bytes loaded and stored */
};

struct trial {
	char testbed[16]; /* "lab", ... */
	char capture[32]; /* a row of the capture table */
	char generator[16]; /* a row of the generator table */
	uint32_t frame_bytes; /* Ethernet frame with FCS; of a mix, the largest */
	struct frame_mix mix; /* mix.n 0: every frame has frame_bytes */
	uint64_t rate_pps; /* total over all senders; RATE_MAX = unpaced */
	uint64_t count; /* frames asked of all senders together */
	uint64_t seed; /* start phase of the senders */
	uint32_t senders; /* 1 or 2 */
	uint32_t reader_cpu; /* DUT CPU of the consumer: 1 = the interrupts' CPU, 2 = its own */
	uint32_t n_settings;
	struct setting settings[TRIAL_SETS]; /* sorted by key, unique */
	bool fates; /* report each frame's fate; not part of the text or the id */
	enum instruments instruments; /* not part of the text or the id: they do not change what happens */
};

void trial_init(struct trial *t); /* defaults: lab, pktgen, 64 bytes, max, 20000, seed 1, one sender, reader on CPU 1 */
/* Adds or replaces a setting, keeping the order; -E2BIG, -EINVAL (too long; a key not of [a-z0-9._-], a value not of [A-Za-z0-9._:-], or not printable). */
int trial_set(struct trial *t, const char *key, const char *value, struct err *e);
void trial_unset(struct trial *t, const char *key); /* safe if it is not set */
const char *trial_get(const struct trial *t, const char *key); /* NULL when not set */
bool trial_unlabel(struct trial *t); /* removes its label; returns whether it had one */
/* Sets one field by its word in the text form ("frame", ..., "set.KEY"); -EINVAL when unknown or out of range. */
int trial_assign(struct trial *t, const char *word, const char *text, struct err *e);
/* Checks every field's range; the caller, who has the tables, checks names. -EINVAL; the message names the option. */
int trial_check(const struct trial *t, struct err *e);
int trial_format(const struct trial *t, char *text, size_t size); /* length, or -ENOSPC */
int trial_parse(struct trial *t, const char *text, struct err *e); /* unknown words are refused */
double trial_frame_mean(const struct trial *t); /* bytes of a frame; of a mix, to hundredths */
void trial_frame(const struct trial *t, char text[MIX_TEXT_MAX]); /* "64", or the mix: as in the text form */
void trial_id(const struct trial *t, char id[17]); /* 16 hex digits: FNV-1a 64 of the text */

#endif
