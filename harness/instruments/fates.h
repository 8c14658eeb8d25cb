/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fate of every frame of a trial: delivered, or lost at one place, or never sent, and how that is known. Pure.
 *
 * The input is observed from outside the guest, frame by frame: the wire, the NIC, what the kernel did with the
 * frame; and, from inside, what the sink saw. A place is named if this very frame was seen there, or by a counter
 * if that is the only remaining place where anything was lost. Otherwise the fate is unknown, with the two places
 * between which the frame disappeared: nothing is guessed.
 */
#ifndef RXLAB_FATES_H
#define RXLAB_FATES_H

#include <stdio.h>

#include "harness/record/outcome.h"
#include "harness/sink/sink.h"

enum fate_kind { FATE_DELIVERED, FATE_LOST, FATE_CORRUPTED, FATE_UNSENT, FATE_UNKNOWN, FATES };
extern const char *const fate_names[FATES];

/* What was seen of a sequence number on its way, one bit each. */
enum fate_sight {
	SIGHT_WIRE = 1 << 0, /* on the wire to the DUT */
	SIGHT_ACCEPTED = 1 << 1, /* the NIC wrote it to memory */
	SIGHT_STACK = 1 << 2, /* the driver handed it to the kernel */
	SIGHT_TAP = 1 << 3, /* a packet socket got it */
	SIGHT_STORED = 1 << 4, /* which put it into its ring or queue */
	SIGHT_BACKLOG = 1 << 5, /* freed: the backlog queue was full */
	SIGHT_REFUSED = 1 << 6, /* freed by the packet socket: its ring or queue was full */
	SIGHT_XDP = 1 << 7, /* freed by the generic XDP hook */
	SIGHT_QUEUE = 1 << 8, /* the packet socket has no ring: it frees what it has no room for, and nothing else */
	SIGHT_EMULATION = 1 << 9, /* freed by netmap's emulation, on the frame's way into its queue */
};

struct fate_frame {
	uint16_t sights;
	uint8_t marks; /* of the sink: SINK_SEEN, ... */
	uint16_t reason; /* the kernel's, of the last such freeing */
};

/* One sender's frames; [0] is number 1. */
struct fate_stream {
	uint32_t count;
	struct fate_frame *frame;
};

struct fates {
	uint32_t senders;
	struct fate_stream stream[SINK_STREAMS];
	bool events; /* the kernel was watched: a missing sight says something */
	char *reasons[256]; /* names of the kernel's reasons; NULL: not known */
};

struct fate {
	enum fate_kind kind;
	enum drop_place place; /* lost: there. unknown: after `after`, at or before it */
	enum drop_place after;
	const char *source; /* how it is known */
};

int fates_init(struct fates *f, uint64_t count, uint32_t senders, struct err *e);
void fates_free(struct fates *f); /* safe on a zeroed struct */
struct fate_frame *fates_at(struct fates *f, uint32_t sender, uint32_t seq); /* NULL: no number of this trial */

/* The fate of one sequence number. text: a buffer for a source that has to be composed. */
struct fate fate_of(const struct fates *f, const struct outcome *o, uint32_t sender, uint32_t seq, char text[160]);
/*
 * Checks that the fates give each place the number of frames that the ledger has for it, where the ledger knows one and the
 * trial's frames have unique sequence numbers. -EPROTO.
 */
int fates_check(const struct fates *f, const struct outcome *o, struct err *e);
/* Writes a line SENDER FIRST LAST FATE PLACE MARKS SOURCE, separated by tabs, for each run of equal fates. */
void fates_print(const struct fates *f, const struct outcome *o, const char *id, FILE *out);

/* Reads one such line. */
struct fate_line {
	uint32_t sender, first, last;
	char fate[16], place[48], marks[32], source[192];
};
int fates_line_parse(struct fate_line *l, const char *text); /* -EINVAL */
/* One sentence about a packet. */
void fates_say(const struct fate_line *l, uint32_t seq, char *text, size_t size);

#endif
