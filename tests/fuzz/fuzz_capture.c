// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A capture file, gen.pcap, pcap or pcapng: its times, the flows that its frames are of, and the frames as they are
 * replayed. libpcap reads its own format, so that its faults would be found here too.
 */
#include <string.h>

/* Its static functions are called below. In the library's place. */
#include "generators/replay/replay.c"
#include "tests/fuzz/fuzz.h"

int __wrap_packet_open(struct sender *s, struct packet *p);
int __wrap_packet_open(struct sender *s, struct packet *p)
{
	uint32_t i;

	(void)s;
	for (i = 0; i < p->n_slots; i++)
		FUZZ_EXPECT(p->slot[i].iov_len >= BYTES_MIN && p->slot[i].iov_len <= FRAME_ROOM);
	return 0;
}

static void replayed(const struct pcapfile *file)
{
	const struct generator_place place = { .senders = 1, .dst_mac = { 2 } };
	struct generator g = { .place = &place };
	struct sender s = { .g = &g };
	struct replay *x = calloc(1, sizeof(*x));

	FUZZ_EXPECT(x);
	s.priv = x;
	x->packet.fd = -1;
	fuzz_answer(take_frames(&s, x, file), &s.err);
	replay_release(&s);
}

static void fitted(const char *path, enum pcapfile_long what)
{
	struct pcapfile file;
	struct err e = { "" };
	int r = pcapfile_load(&file, path, true, &e);

	r = r ? r : pcapfile_order(&file, what != PCAPFILE_REFUSE, &e);
	r = r ? r : pcapfile_fit(&file, what, FRAME_ROOM, &e);
	fuzz_answer(r, &e);
	if (!r)
		replayed(&file);
	pcapfile_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(0, (struct fuzz_part) { data, size });
	struct recorded times;
	struct err e = { "" };

	if (!pcapfile_is(path))
		return 0; /* fuzz_trace.c */
	fuzz_answer(recorded_load(&times, path, true, &e), &e);
	recorded_free(&times);
	fitted(path, PCAPFILE_REFUSE);
	fitted(path, PCAPFILE_CUT);
	fitted(path, PCAPFILE_SKIP);
	return 0;
}
