/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The conformance suite: what capture.h promises, asked of every row of the
 * table by driving its hooks directly. A check is one function; it runs in a
 * process of its own, so that a row that crashes or hangs fails that check and
 * no other.
 */
#ifndef RXLAB_CONFORMANCE_H
#define RXLAB_CONFORMANCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "capture-impls/capture.h"
#include "harness/trial/trial_run.h"

#define FRAMES_MAX 32768 /* that a check may send */
#define POLL_FRAMES 64 /* as the reader of a trial asks for */

enum verdict { PASSED, FAILED, SKIPPED };

/* Where the suite runs. */
struct place {
	const char *name;
	const char *dut, *sender; /* interfaces of one wire; the DUT's is promiscuous */
	const struct knob_value *ground; /* as of a testbed; NULL: every knob begins as in every trial */
	bool expendable; /* nobody else's machine: it may be driven to its limits */
	unsigned int limit_s; /* a check that takes longer has hung */
	int (*enter)(struct err *e); /* in the process of a check, before it */
	int (*side)(enum side side, struct err *e); /* NULL: interfaces of one namespace */
	int (*remove)(struct err *e); /* takes the DUT's interface away */
	int (*restore)(struct err *e); /* after a check, whatever became of it; NULL where nothing outlives a check */
	struct counter (*lost)(void); /* frames so far that never came to the DUT */
};

/* A frame as it was sent; its number is its index. */
struct sent {
	uint16_t len; /* without FCS */
	uint8_t flow;
	bool vlan;
};

/* A frame as it was delivered. */
struct seen {
	uint32_t number;
	uint32_t caplen, len;
	bool tagged;
	int32_t differs; /* the first byte that is another; -1: none */
};

/* Lives in memory that the process of the check shares with the one that waits for it. */
struct report {
	enum verdict verdict;
	char text[512];
	struct undo undo; /* of the capture, so that it can be undone for one that was killed */
};

/* A row on the bench. */
struct stand {
	const struct place *place;
	const char *row; /* whose promises are tested */
	const struct capture_ops *ops; /* the capture of that row, or the one under its named set of knobs */
	uint32_t caps;
	bool consumes; /* the kernel is the consumer: no frame is handed out */
	bool thorough; /* the long form */
	struct trial trial;
	struct sink sink;
	struct capture capture;
	struct outcome *outcome;
	struct report *report;
	int tx; /* packet socket at the sender's interface */
	uint8_t src_mac[6];
	struct sent *sent; /* FRAMES_MAX */
	uint32_t n_sent;
	struct seen *seen;
	uint32_t n_seen;
	uint64_t strange; /* frames handed out that nobody sent, or more than were sent */
};

struct check {
	const char *name;
	const char *promise;
	bool of_frames; /* only of rows that hand out frames */
	int (*run)(struct stand *s); /* 0, or what row_failed() or row_skipped() returned */
};

extern const struct check checks[]; /* ends with a NULL name */

/* One sentence each, without a newline; the first one is kept. Both return nonzero. */
int row_failed(struct stand *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int row_skipped(struct stand *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* stand.c. Those that return int: 0, or -errno after row_failed(). */
int stand_up(struct stand *s);
void stand_down(struct stand *s);
int stand_ground(struct stand *s); /* the knobs as in a trial of the row, named sets turned; needs the right to do so */
int stand_try(struct stand *s); /* opens; its error is in s->capture.err, and nothing is said */
int stand_open(struct stand *s);
void stand_close(struct stand *s); /* and undoes what it altered */
int stand_reopen(struct stand *s); /* closes, forgets what was sent and seen, opens */
int stand_poll(struct stand *s, int budget); /* how many; fails where poll breaks its promises */
/* Reads until n_seen is `wanted`, or nothing came for a while. */
int stand_read(struct stand *s, uint32_t wanted);
int stand_drain(struct stand *s); /* reads what there is, and until nothing more comes */
int stand_quiet(struct stand *s); /* reads for as long as a frame may take: there must be none that nobody sent */
int stand_counts(struct stand *s, struct capture_counts *c);
/* Sends n frames of that length and checks that all come, by the frames or by the counts. */
int stand_pass(struct stand *s, uint32_t n, uint16_t len);
/* Sends n frames from s->n_sent on, which are filled in; no faster than any receiver can take them. */
int stand_send(struct stand *s, uint32_t n);
void stand_add(struct stand *s, uint32_t n, struct sent like);
void stand_one_cpu(void); /* keeps this process, and so what it sends, on the first CPU that it may use */
void stand_settle(const struct stand *s); /* until what was sent is where poll can see it */
bool stand_has(const struct stand *s, const char *param);
int stand_set(struct stand *s, const char *param, const char *value);

/* frame.c */
#define FRAME_BYTES_ROOM 1600
uint16_t frame_make(uint8_t *to, const struct sent *f, uint32_t number, const uint8_t src_mac[6]);
void frame_seen(struct stand *s, const uint8_t *data, uint32_t caplen, uint32_t len);

/* held.c: what a process and its interface hold. */
struct held {
	char files[4096]; /* a line each */
	uint64_t mapped_bytes;
	uint64_t allocated_bytes;
	unsigned int threads;
	char settings[2048];
};
int held_take(const struct stand *s, struct held *h);
/* Fails if `after` has something that `before` has not; `what` happened between them. */
int held_same(struct stand *s, const struct held *before, const struct held *after, const char *what);
/* The same for the process alone, and for its interface alone. */
int process_same(struct stand *s, const struct held *before, const struct held *after, const char *what);
int settings_same(struct stand *s, const struct held *before, const struct held *after, const char *what);
#define BPF_IDS 64
struct bpf_ids {
	unsigned int n;
	struct {
		int command; /* BPF_PROG_GET_FD_BY_ID, ... */
		uint32_t id;
	} of[BPF_IDS];
};
void held_bpf(int pid, struct bpf_ids *ids); /* programs, maps and links that a process holds */
bool held_bpf_gone(const struct bpf_ids *ids); /* in the end: the kernel takes its time */

/* Checks. */
int check_twice(struct stand *s);
int check_no_interface(struct stand *s);
int check_rights(struct stand *s);
int check_files(struct stand *s);
int check_memory(struct stand *s);
int check_sizes(struct stand *s);
int check_cpu(struct stand *s);
int check_budget(struct stand *s);
int check_wait(struct stand *s);
int check_frames(struct stand *s);
int check_vlan(struct stand *s);
int check_snaplen(struct stand *s);
int check_filter(struct stand *s);
int check_order(struct stand *s);
int check_counts(struct stand *s);
int check_full(struct stand *s);
int check_down(struct stand *s);
int check_removed(struct stand *s);
int check_killed(struct stand *s);

/* What is asked for. */
struct selection {
	bool thorough;
	const char *check; /* NULL: all */
	const char *const *names; /* of rows, ends with NULL; none: all of the table */
};

/* Exit status: 0, 1 where a check failed, 2 for an unknown name, 77 where nothing could run. */
int conformance(const struct place *place, const struct selection *what, FILE *out);

#endif
